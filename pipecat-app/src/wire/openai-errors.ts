import type { ServerResponse } from 'node:http';
import type { ErrorRequestHandler } from 'express';
import { TwinError, toPublicError } from '../errors.js';
import type { Log } from '../observe/log.js';
import { asTwinError, statusOf } from '../server/errors.js';
import { sendJson } from './send-json.js';

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

/** Answers `raw` in OpenAI's shape and logs what is our own fault; false when the answer has begun already. */
export function sendOpenaiError(log: Log, raw: unknown, path: string, response: ServerResponse): boolean {
  const error = asTwinError(raw);
  const status = statusOf(error);
  if (status === 500) log.error({ err: error, path }, 'a request failed');
  if (response.headersSent) return false;
  // Clients of OpenAI ask again by themselves when they are told when.
  if (status === 503 && error instanceof TwinError && error.retryable)
    response.setHeader('Retry-After', String(RETRY_S));
  sendJson(response, openaiError(error), status);
  return true;
}

/** Answers every failure of these doors in OpenAI's shape. */
export function openaiErrorHandler(log: Log): ErrorRequestHandler {
  return (error, request, response, next) => {
    if (!sendOpenaiError(log, error, request.path, response)) next(asTwinError(error));
  };
}
