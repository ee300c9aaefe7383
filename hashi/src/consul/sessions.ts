import { z } from 'zod';
import { Backoff } from '../backoff.js';
import { type Clock, realClock } from '../clock.js';
import { deadline } from '../deadline.js';
import { HashiError, late } from '../errors.js';
import type { PackageCalls } from './package.js';

export type SessionOptions = {
  /** Shown to people. */
  name?: string;
  /** Without a renewal for this long (Consul: up to twice as long) the session ends; 10 s to 24 h, in ms. */
  ttlMs?: number;
  /** What becomes of the keys it holds when it ends. */
  behavior?: 'release' | 'delete';
  /** How long nobody can take a key after a session that held it ended without releasing it, in ms. */
  lockDelayMs?: number;
  signal?: AbortSignal;
};

export const SESSION_TTL_MS = 15_000;
const LOCK_DELAY_MS = 15_000;
const created = z.looseObject({ ID: z.string() });

/** Consul's sessions: what holds locks. */
export class Sessions {
  readonly #calls: PackageCalls;
  readonly #clock: Clock;

  constructor(calls: PackageCalls, clock: Clock = realClock) {
    this.#calls = calls;
    this.#clock = clock;
  }

  /** Id of the new session. */
  async create({
    name = 'twin',
    ttlMs = SESSION_TTL_MS,
    behavior = 'release',
    lockDelayMs = LOCK_DELAY_MS,
    signal,
  }: SessionOptions = {}): Promise<string> {
    const fields = { name, behavior, ttl: `${ttlMs}ms`, lockdelay: `${lockDelayMs}ms` };
    const { ID } = await this.#calls.run(created, 'PUT /v1/session/create', signal, (consul, options) =>
      consul.session.create({ ...fields, ...options }),
    );
    return ID;
  }

  /** @throws HashiError `TWIN_CONSUL_MISSING` when the session has ended. */
  async renew(id: string, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#calls.run(z.unknown(), `PUT /v1/session/renew/${id}`, signal, (consul, options) =>
      consul.session.renew({ id, ...options }),
    );
  }

  /** Ends the session; its keys are free at once. */
  async destroy(id: string, { signal }: { signal?: AbortSignal } = {}): Promise<void> {
    await this.#calls.run(z.unknown(), `PUT /v1/session/destroy/${id}`, signal, (consul, options) =>
      consul.session.destroy({ id, ...options }),
    );
  }

  /**
   * Renews the session three times in each `ttlMs` until `signal` aborts; returns then. While Consul does not answer it
   * tries on until `ttlMs` after the last renewal: from then on the session may have ended.
   * @throws HashiError: the session has ended, or must be taken for ended.
   */
  async keep(id: string, ttlMs: number, signal: AbortSignal): Promise<void> {
    const backoff = new Backoff({ clock: this.#clock, longestMs: ttlMs / 6 });
    let renewed = this.#clock.now();
    while (!signal.aborted) {
      await this.#clock.sleep(Math.max(0, renewed + ttlMs / 3 - this.#clock.now()), signal);
      if (signal.aborted) return;
      const asked = this.#clock.now();
      // A renewal that hangs must not hide that the session's time is over.
      const ms = Math.max(1, renewed + ttlMs - asked);
      const limit = deadline([signal], { ms, late: () => late('CONSUL', `PUT /v1/session/renew/${id}`, ms) });
      try {
        await this.renew(id, { signal: limit.signal });
        renewed = asked;
        backoff.reset();
      } catch (error) {
        if (signal.aborted) return;
        const hopeless = error instanceof HashiError && !error.retryable;
        if (hopeless || this.#clock.now() - renewed >= ttlMs) throw error;
        await backoff.wait(signal);
      } finally {
        limit.end();
      }
    }
  }
}
