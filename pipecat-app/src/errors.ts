/**
 * The one error class of the agent. Every failure that a person can meet has a stable code, a sentence that says what
 * happened and a sentence that says what to do next.
 *
 * @example
 * throw new TwinError('TWIN_MODEL_MISSING', 'The speech model is not there.', { next: 'Run `twin models pull`.' });
 */
export class TwinError extends Error {
  override readonly name = 'TwinError';
  /** Stable, for programs: `TWIN_` and capitals. */
  readonly code: string;
  /** What a person does next, one sentence; empty when nothing can be done. */
  readonly next: string;
  /** Whether the same call may succeed when it is made again. */
  readonly retryable: boolean;

  constructor(
    code: `TWIN_${string}`,
    message: string,
    options: { next?: string; retryable?: boolean; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.next = options.next ?? '';
    this.retryable = options.retryable ?? false;
  }
}

/** What crosses a door (REST, WebSocket, command line) for any thrown value: never a stack trace. */
export function toPublicError(error: unknown): { code: string; message: string; next: string } {
  if (error instanceof TwinError) return { code: error.code, message: error.message, next: error.next };
  return {
    code: 'TWIN_INTERNAL',
    message: 'Something went wrong inside the agent.',
    next: 'Look at the log, then try again.',
  };
}

/** True for the error that an aborted `AbortSignal` produces, however deep it was wrapped. */
export function isAbort(error: unknown): boolean {
  for (let e: unknown = error; e instanceof Error; e = e.cause) if (e.name === 'AbortError') return true;
  return false;
}
