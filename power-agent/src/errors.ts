/** Every failure of the power agent that a person can meet. */
export class PowerAgentError extends Error {
  override readonly name = 'PowerAgentError';
  /** Stable, for programs: `TWIN_POWER_…`. */
  readonly code: `TWIN_POWER_${string}`;
  /** What a person does next, one sentence. */
  readonly next: string;

  constructor(code: PowerAgentError['code'], message: string, options: { next: string; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.next = options.next;
  }
}
