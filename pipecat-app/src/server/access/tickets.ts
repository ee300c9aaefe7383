import { createHash, randomBytes } from 'node:crypto';
import { z } from 'zod';
import { role } from '../protocol.js';

const signedIn = z.object({ role, name: z.string(), keyId: z.string() });
/** Who a browser is signed in as. `keyId` is empty for the link that the agent prints when it starts. */
export type SignedIn = z.infer<typeof signedIn>;

/** `hash`: base64 SHA-256 of the secret; `until`: ms since 1970. */
export const keptTicket = signedIn.extend({ hash: z.string().length(44), until: z.number() });
export type KeptTicket = z.infer<typeof keptTicket>;

/** Secrets that are looked up by their hash, so that the time a lookup takes tells nothing about them. */
export class Tickets {
  readonly #tickets: Map<string, KeptTicket>;

  /**
   * @param bytes random bytes in a secret
   * @param limit beyond this many the oldest ends
   * @param kept tickets from an earlier run, oldest first; those that are over are left out
   */
  constructor(
    private readonly bytes: number,
    private readonly lifetimeMs: number,
    private readonly limit: number,
    private readonly now: () => number,
    kept: readonly KeptTicket[] = [],
  ) {
    const valid = kept.filter(({ until }) => until > now());
    this.#tickets = new Map(valid.slice(-limit).map((ticket) => [ticket.hash, ticket]));
  }

  /** A new secret that stands for `who`. */
  issue(who: SignedIn): string {
    for (const { hash, until } of this.#tickets.values()) if (until <= this.now()) this.#tickets.delete(hash);
    const oldest = this.#tickets.keys().next();
    if (this.#tickets.size >= this.limit && !oldest.done) this.#tickets.delete(oldest.value);
    const secret = randomBytes(this.bytes).toString('base64url');
    const hash = hashOf(secret);
    this.#tickets.set(hash, { ...who, hash, until: this.now() + this.lifetimeMs });
    return secret;
  }

  find(secret: string): SignedIn | undefined {
    const ticket = this.#tickets.get(hashOf(secret));
    if (!ticket || ticket.until <= this.now()) return undefined;
    const { role: its, name, keyId } = ticket;
    return { role: its, name, keyId };
  }

  end(secret: string): void {
    this.#tickets.delete(hashOf(secret));
  }

  /** What may be kept: hashes, no secret. Oldest first. */
  list(): KeptTicket[] {
    return [...this.#tickets.values()];
  }
}

const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64');
