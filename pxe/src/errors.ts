/** Every failure of network boot that a person can meet. */
export class PxeError extends Error {
  override readonly name = 'PxeError';
  /** Stable, for programs: `TWIN_PXE_…`. */
  readonly code: `TWIN_PXE_${string}`;
  /** What a person does next, one sentence. */
  readonly next: string;
  /** The HTTP status that says the same. */
  readonly status: number;

  constructor(code: PxeError['code'], message: string, options: { next: string; status?: number; cause?: unknown }) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.next = options.next;
    this.status = options.status ?? 400;
  }
}
