import type { NativeCall, ToolSpec } from './tool-spec.js';

/** One message of a conversation, oldest first; at most one `system`, in front. */
export type Message = {
  role: 'system' | 'user' | 'assistant';
  content: string;
  /** Pictures of a `user` message, as data URLs; only experts that see are asked then. */
  images?: readonly string[];
  /** The tool that the assistant called with this message; servers with native tool calls are told so. */
  call?: NativeCall & { id: string };
  /** The message is the result of the call with this `id`. */
  resultOf?: string;
  /** It is the result of a tool that did what it should, in words that can be said; a base model adds nothing to them. */
  sayable?: true;
};

/** A piece of an answer: text, or a whole call by a model that has native tool calls. */
export type LlmPiece = string | { call: NativeCall };

export type LlmRequest = {
  /** Ends with the `user` message that is to be answered. */
  messages: readonly Message[];
  maxTokens: number;
  /** The answer ends before the first of these. */
  stop?: readonly string[];
  /** What was answered already; the answer goes on behind it. */
  partial?: string;
  /** Tools that may be called instead of answering in words; each engine tells its model in its own way. */
  tools?: readonly ToolSpec[];
};

/** What the last answer cost; figures that an engine does not know are missing. */
export type LlmStats = {
  model: string;
  /** Tokens of the whole prompt. */
  promptTokens?: number;
  /** Tokens of the prompt that had to be evaluated; the rest was kept from an earlier turn. */
  evaluatedTokens?: number;
  generatedTokens: number;
  /** Request → first token, in ms. */
  firstTokenMs: number;
  /** Tokens generated per second after the first one. */
  tokensPerSecond: number;
};

export type LlmHealth = { ok: boolean; detail: string };

/** A language model. One instance serves all sessions. */
export interface Llm {
  /** Name of the model that answers. */
  readonly model: string;
  /** How an answer goes on behind `partial`: to the letter, or perhaps with a repetition or another space. */
  readonly seam: 'exact' | 'loose';
  /**
   * Loads and warms up; resolves when the next request is fast.
   * @throws TwinError `TWIN_MODEL_MISSING`, `TWIN_LLM_UNAVAILABLE` (retryable), AbortError.
   */
  start(signal: AbortSignal): Promise<void>;
  /** Evaluates a beginning that all conversations share, so that no first turn has to; engines may ignore it. */
  prepare(messages: readonly Message[], signal: AbortSignal): Promise<void>;
  /**
   * The answer, piece by piece. Leaving the loop or aborting stops the engine's work.
   * @throws TwinError `TWIN_MODEL_MISSING`, `TWIN_LLM_UNAVAILABLE` (retryable: the engine died or did not answer),
   * AbortError.
   */
  stream(request: LlmRequest, signal: AbortSignal): AsyncIterable<LlmPiece>;
  /** Figures of the last answer that ended, or undefined before the first. */
  lastAnswer(): LlmStats | undefined;
  health(): LlmHealth;
  close(): Promise<void>;
}
