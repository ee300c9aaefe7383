import { join } from 'node:path';
import { z } from 'zod';
import type { TwinError } from '../../errors.js';
import { StateFile } from '../../state-file.js';
import { type KeptTicket, keptTicket, type SignedIn, Tickets } from './tickets.js';

const CODE_MS = 10 * 60_000;
const SESSION_MS = 30 * 24 * 3_600_000;
const MAX_CODES = 100;
const MAX_SESSIONS = 1000;

/** One-time sign-in codes, gone when the agent ends, and the browser sessions that they, or a key, turn into. */
export class SignIns {
  readonly #codes: Tickets;
  readonly #sessions: Tickets;
  readonly #file: StateFile<KeptTicket[]> | undefined;
  static readonly sessionMs = SESSION_MS;
  static readonly codeMs = CODE_MS;

  /**
   * @param now ms since 1970
   * @param file where browser sessions outlive the agent; without it they do not
   */
  constructor(now: () => number = Date.now, file?: StateFile<KeptTicket[]>, kept: readonly KeptTicket[] = []) {
    this.#codes = new Tickets(24, CODE_MS, MAX_CODES, now);
    this.#sessions = new Tickets(32, SESSION_MS, MAX_SESSIONS, now, kept);
    this.#file = file;
  }

  /** With the browser sessions of `<home>/sign-ins.json`, of which only hashes are kept. A damaged file is set aside. */
  static async open(home: string, onProblem: (problem: TwinError) => void, now = Date.now): Promise<SignIns> {
    const file = new StateFile(join(home, 'sign-ins.json'), z.array(keptTicket), onProblem);
    return new SignIns(now, file, (await file.load()) ?? []);
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
    const cookie = this.#sessions.issue(who);
    this.#file?.save(this.#sessions.list());
    return cookie;
  }

  who(cookie: string): SignedIn | undefined {
    return this.#sessions.find(cookie);
  }

  /** Ends a browser session; resolves when it cannot come back with the next start either. */
  async close(cookie: string): Promise<void> {
    this.#sessions.end(cookie);
    this.#file?.save(this.#sessions.list());
    await this.saved();
  }

  /** Resolves when everything is on disk. */
  async saved(): Promise<void> {
    await this.#file?.saved();
  }
}
