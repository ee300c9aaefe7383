import type { ErrorRequestHandler } from 'express';
import type { z } from 'zod';
import { TwinError, toPublicError } from '../errors.js';
import type { Log } from '../observe/log.js';

const STATUS: Record<string, number> = {
  TWIN_BAD_REQUEST: 400,
  TWIN_WAV: 400,
  TWIN_UNAUTHORIZED: 401,
  TWIN_SIGN_IN: 401,
  TWIN_FORBIDDEN: 403,
  TWIN_ORIGIN: 403,
  TWIN_HOST: 421,
  TWIN_NOT_FOUND: 404,
  TWIN_MODEL_UNKNOWN: 404,
  TWIN_JOB_TEMPLATE: 404,
  TWIN_LOG_NONE: 404,
  TWIN_NOMAD_MISSING: 404,
  TWIN_PROMPT_NAME: 400,
  TWIN_PROMPT_INVALID: 400,
  TWIN_PROMPTS_READ_ONLY: 409,
  TWIN_PROMPT_TEST_BUSY: 409,
  TWIN_PROMPT_CHANGED: 412,
  TWIN_PROMPT_MATCH: 428,
  TWIN_PROMPT_TEST_SLOW: 503,
  TWIN_LLM_SLOW: 503,
  TWIN_FACT: 400,
  TWIN_STATE_NAME: 400,
  TWIN_MEMORY_ARCHIVE: 400,
  TWIN_MEMORY: 503,
  TWIN_MEMORY_LIBRARY: 503,
  TWIN_MEMORY_FILE: 503,
  TWIN_TOOL_ARGS: 400,
  TWIN_DENIED: 403,
  TWIN_POWER_UNKNOWN: 404,
  TWIN_POWER_BUSY: 409,
  TWIN_POWER_ASLEEP: 409,
  TWIN_POWER_AWAKE: 409,
  TWIN_POWER_STATE: 409,
  TWIN_POWER_NEVER: 409,
  TWIN_JOB_INVALID: 400,
  TWIN_JOB_VARIABLES: 400,
  TWIN_NOMAD_INVALID: 400,
  TWIN_JOB_CHANGED: 409,
  TWIN_PLAN_GONE: 409,
  TWIN_NOMAD_CONFLICT: 409,
  TWIN_NOMAD_DEPLOYING: 409,
  TWIN_LAST_ADMIN: 409,
  TWIN_TOO_MANY_KEYS: 409,
  TWIN_POLICY_DAMAGED: 409,
  TWIN_APPROVAL_DECIDED: 409,
  TWIN_APPROVAL_CHANGED: 409,
  TWIN_APPROVAL_EXPIRED: 410,
  TWIN_TOO_LARGE: 413,
  TWIN_TOO_MANY: 429,
  TWIN_BUSY: 503,
  TWIN_STOPPING: 503,
};

/** HTTP status of a failure; engines that cannot be reached are 503. */
export function statusOf(error: unknown): number {
  if (!(error instanceof TwinError)) return 500;
  return STATUS[error.code] ?? (/_(UNAVAILABLE|BUSY|MISSING)$|^TWIN_NOMAD_/.test(error.code) ? 503 : 500);
}

/**
 * Checks what a client sent.
 * @throws TwinError `TWIN_BAD_REQUEST` that names every field at fault
 */
export function check<T extends z.ZodType>(schema: T, value: unknown): z.infer<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues
    .slice(0, 5)
    .map(({ path, message }) => (path.length > 0 ? `${path.join('.')}: ${message}` : message));
  throw new TwinError('TWIN_BAD_REQUEST', `The request is not right: ${faults.join('; ')}`.slice(0, 500), {
    next: 'Correct it and send it again; docs/api.md shows what is expected.',
  });
}

/** Faults that express and its body parsers report, as TwinErrors. */
export function asTwinError(error: unknown): unknown {
  const status = (error as { status?: unknown } | undefined)?.status;
  if (error instanceof TwinError || typeof status !== 'number' || status < 400 || status > 499) return error;
  if (status === 413)
    return new TwinError('TWIN_TOO_LARGE', 'The request is too large.', { next: 'Send less at once.' });
  return new TwinError('TWIN_BAD_REQUEST', 'The request could not be read.', { next: 'Send valid JSON in UTF-8.' });
}

/** Last handler: answers `{error: {code, message, next}}` and logs what is our own fault. */
export function errorHandler(log: Log): ErrorRequestHandler {
  return (raw, request, response, next) => {
    const error = asTwinError(raw);
    const status = statusOf(error);
    if (status === 500) log.error({ err: error, path: request.path }, 'a request failed');
    if (response.headersSent) return next(error);
    response.status(status).json({ error: toPublicError(error) });
  };
}
