/** What an ear returns. `text` is trimmed, without marks such as `[BLANK_AUDIO]`; empty when nothing was said. */
export type Transcript = {
  text: string;
  /** Time the engine took, in ms. */
  ms: number;
  /**
   * Mean natural logarithm of the probability of a token (0: certain); left out when the engine does not say. Under a
   * grammar it is still the probability among all tokens, so that both ways of hearing can be compared.
   */
  confidence?: number;
  /** The engine wrote the same words again and again; `text` has them once, and there is no confidence. */
  looped?: boolean;
  /** Under a grammar: every sentence that was still followed at the end, `text` among them. */
  alternatives?: readonly Hypothesis[];
};

/** A sentence that may have been said; `confidence` as that of a transcript. */
export type Hypothesis = { text: string; confidence?: number };

export type TranscribeOptions = {
  /**
   * `final` goes before everything that waits; `partial` is refused at once with `TWIN_STT_BUSY` when the engine has
   * other work, because a late partial is worth nothing.
   */
  kind: 'partial' | 'final';
  /** Words that are likely here; engines that cannot use them ignore them. */
  prompt?: string;
  /** Every sentence that may be heard, in GBNF with the start rule `root`; engines that cannot use it ignore it. */
  grammar?: string;
};

/** Speech to text. One instance serves all sessions. */
export interface Stt {
  readonly name: string;
  /** Starts the engine and warms it up; resolves when the next request is fast. */
  start(signal: AbortSignal): Promise<void>;
  /**
   * @param samples 16 kHz mono, at most 30 s.
   * @throws TwinError `TWIN_STT_BUSY` (partials only), `TWIN_STT_UNAVAILABLE` (retryable), AbortError.
   */
  transcribe(samples: Int16Array, options: TranscribeOptions, signal: AbortSignal): Promise<Transcript>;
  health(): { ok: boolean; detail: string };
  close(): Promise<void>;
}
