/** The error class of the programs in this folder: a stable code, what happened, and what a person does next. */
export class JobError extends Error {
  override readonly name = 'JobError';
  readonly code: string;
  readonly next: string;

  constructor(code: `TWIN_${string}`, message: string, next: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.next = next;
  }
}

/** What a program writes on standard error before it ends: no stack for an error that was foreseen. */
export function explain(error: unknown): string {
  if (error instanceof JobError) return `error: ${error.code} ${error.message}\nnext:  ${error.next}`;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

/** An error in one sentence, for a line of a log. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
