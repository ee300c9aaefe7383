import type { ErrorRequestHandler } from 'express';
import { TwinError, toPublicError } from '../errors.js';
import type { Log } from '../observe/log.js';
import { asTwinError, statusOf } from '../server/errors.js';

const TYPES: Record<number, string> = { 401: 'authentication_error', 403: 'permission_error', 429: 'rate_limit_error' };

/** When a server of language models that is gone or asleep may be asked again, in seconds. */
const RETRY_S = 5;

/** An error in the shape that OpenAI's clients know: our sentence and what to do are its message. */
export function openaiError(error: unknown): { error: { message: string; type: string; param: null; code: string } } {
  const status = statusOf(error);
  const { code, message, next } = toPublicError(error);
  const type = TYPES[status] ?? (status < 500 ? 'invalid_request_error' : 'server_error');
  return { error: { message: `${message} ${next}`.trim(), type, param: null, code: NAMES[code] ?? code } };
}

/** Codes that OpenAI's clients look for. */
const NAMES: Record<string, string> = { TWIN_UNAUTHORIZED: 'invalid_api_key', TWIN_MODEL_UNKNOWN: 'model_not_found' };

/** Answers every failure of these doors in OpenAI's shape. */
export function openaiErrorHandler(log: Log): ErrorRequestHandler {
  return (raw, request, response, next) => {
    const error = asTwinError(raw);
    const status = statusOf(error);
    if (status === 500) log.error({ err: error, path: request.path }, 'a request failed');
    if (response.headersSent) return next(error);
    // Clients of OpenAI ask again by themselves when they are told when.
    if (status === 503 && error instanceof TwinError && error.retryable) response.set('Retry-After', String(RETRY_S));
    response.status(status).json(openaiError(error));
  };
}
