/** Why something was not put to sleep or woken; thrown by the sleeper. */
export class PowerError extends Error {
  override readonly name = 'PowerError';
  /**
   * `NEVER` (it may not sleep), `BUSY` (somebody else changes it, or it has work), `ASLEEP` and `AWAKE` (already), `STATE`
   * (the key does not belong to the job).
   */
  readonly code: `TWIN_POWER_${'NEVER' | 'BUSY' | 'ASLEEP' | 'AWAKE' | 'STATE'}`;
  /** What a person does next, one sentence. */
  readonly next: string;
  /** Whether the same call may succeed when it is made again. */
  readonly retryable: boolean;

  constructor(code: PowerError['code'], message: string, options: { next: string; retryable?: boolean }) {
    super(message);
    this.code = code;
    this.next = options.next;
    this.retryable = options.retryable ?? false;
  }
}
