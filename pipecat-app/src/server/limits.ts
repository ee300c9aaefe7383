import { type RateLimitRequestHandler, rateLimit } from 'express-rate-limit';
import { TwinError, toPublicError } from '../errors.js';

const MINUTE = 60_000;
const TOO_MANY = new TwinError('TWIN_TOO_MANY', 'Too many requests.', {
  next: 'Wait a minute and try again.',
  retryable: true,
});

const limit = (perMinute: number, onlyFailures: boolean): RateLimitRequestHandler =>
  rateLimit({
    windowMs: MINUTE,
    limit: perMinute,
    skipSuccessfulRequests: onlyFailures,
    standardHeaders: 'draft-7',
    legacyHeaders: false,
    validate: { xForwardedForHeader: false, forwardedHeader: false },
    message: { error: toPublicError(TOO_MANY) },
  });

/** For everything behind a sign-in, per address. */
export const requestLimit = (): RateLimitRequestHandler => limit(1200, false);
/** For keys and codes: attempts that fail, per address. */
export const signInLimit = (): RateLimitRequestHandler => limit(10, true);
