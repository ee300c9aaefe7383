/** Turns sentences into vectors whose inner product says how near they are in meaning. */
export interface Embedder {
  /** Changes with the model's file: vectors of two ids must not be compared. Empty before the first start. */
  readonly id: string;
  /** Numbers per vector; 0 before the first start. */
  readonly dimensions: number;
  /** Resolves when it can embed; may be called again, after a failure too. @throws TwinError */
  start(signal: AbortSignal): Promise<void>;
  /**
   * One vector of length 1 per text, in their order. A text behind the model's limit (256 tokens) is cut.
   * @throws TwinError `TWIN_EMBEDDER_UNAVAILABLE`, retryable when the next call may have a new process
   */
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
  health(): { ok: boolean; detail: string };
  close(): Promise<void>;
}
