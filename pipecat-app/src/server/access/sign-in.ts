import { createHash, randomBytes } from 'node:crypto';
import type { Role } from '../protocol.js';

const CODE_MS = 10 * 60_000;
const SESSION_MS = 30 * 24 * 3_600_000;
const MAX_CODES = 100;
const MAX_SESSIONS = 1000;

/** Who a browser is signed in as. `keyId` is empty for the link that the agent prints when it starts. */
export type SignedIn = { role: Role; name: string; keyId: string };

/** Secrets that are looked up by their hash, so that the time a lookup takes tells nothing about them. */
class Tickets {
  readonly #tickets = new Map<string, SignedIn & { until: number }>();
  constructor(
    private readonly bytes: number,
    private readonly lifetimeMs: number,
    private readonly limit: number,
    private readonly now: () => number,
  ) {}

  issue(who: SignedIn): string {
    for (const [hash, ticket] of this.#tickets) if (ticket.until <= this.now()) this.#tickets.delete(hash);
    const oldest = this.#tickets.keys().next();
    if (this.#tickets.size >= this.limit && !oldest.done) this.#tickets.delete(oldest.value);
    const secret = randomBytes(this.bytes).toString('base64url');
    this.#tickets.set(this.#hash(secret), { ...who, until: this.now() + this.lifetimeMs });
    return secret;
  }

  find(secret: string): SignedIn | undefined {
    const ticket = this.#tickets.get(this.#hash(secret));
    if (!ticket || ticket.until <= this.now()) return undefined;
    const { role, name, keyId } = ticket;
    return { role, name, keyId };
  }

  end(secret: string): void {
    this.#tickets.delete(this.#hash(secret));
  }

  #hash(secret: string): string {
    return createHash('sha256').update(secret).digest('base64');
  }
}

/** One-time sign-in codes and the browser sessions that they, or a key, turn into. Gone when the agent ends. */
export class SignIns {
  readonly #codes: Tickets;
  readonly #sessions: Tickets;
  static readonly sessionMs = SESSION_MS;
  static readonly codeMs = CODE_MS;

  /** @param now ms since 1970 */
  constructor(now: () => number = Date.now) {
    this.#codes = new Tickets(24, CODE_MS, MAX_CODES, now);
    this.#sessions = new Tickets(32, SESSION_MS, MAX_SESSIONS, now);
  }

  issueCode(who: SignedIn): string {
    return this.#codes.issue(who);
  }

  /** Uses a code up. */
  redeem(code: string): SignedIn | undefined {
    const who = this.#codes.find(code);
    this.#codes.end(code);
    return who;
  }

  /** Opens a browser session; the result is the value of its cookie. */
  open(who: SignedIn): string {
    return this.#sessions.issue(who);
  }

  who(cookie: string): SignedIn | undefined {
    return this.#sessions.find(cookie);
  }

  close(cookie: string): void {
    this.#sessions.end(cookie);
  }
}
