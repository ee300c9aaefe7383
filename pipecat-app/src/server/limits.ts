import type { IncomingMessage, ServerResponse } from 'node:http';
import { ipKeyGenerator, MemoryStore, type RateLimitRequestHandler, rateLimit, type Store } from 'express-rate-limit';
import { TwinError, toPublicError } from '../errors.js';

const MINUTE = 60_000;
const PER_MINUTE = 1200;
const TOO_MANY = new TwinError('TWIN_TOO_MANY', 'Too many requests.', {
  next: 'Wait a minute and try again.',
  retryable: true,
});

const limit = (perMinute: number, onlyFailures: boolean, store: Store): RateLimitRequestHandler =>
  rateLimit({
    store,
    windowMs: MINUTE,
    limit: perMinute,
    skipSuccessfulRequests: onlyFailures,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    message: { error: toPublicError(TOO_MANY) },
  });

/** For everything behind a sign-in, per address. */
export class RequestLimit {
  readonly #store = new MemoryStore();
  readonly handler = limit(PER_MINUTE, false, this.#store);

  /** Counts a request that does not go through `handler`, and says so in its answer; false when there were too many. */
  async admits({ socket }: IncomingMessage, response: ServerResponse): Promise<boolean> {
    const { totalHits, resetTime } = await this.#store.increment(ipKeyGenerator(socket.remoteAddress ?? ''));
    if (totalHits > PER_MINUTE) return false;
    const reset = Math.max(0, Math.ceil(((resetTime?.getTime() ?? 0) - Date.now()) / 1000));
    response.setHeader('RateLimit-Policy', `${PER_MINUTE};w=${MINUTE / 1000}`);
    response.setHeader('RateLimit', `limit=${PER_MINUTE}, remaining=${PER_MINUTE - totalHits}, reset=${reset}`);
    return true;
  }
}

/** For keys and codes: attempts that fail, per address. */
export const signInLimit = (): RateLimitRequestHandler => limit(10, true, new MemoryStore());
