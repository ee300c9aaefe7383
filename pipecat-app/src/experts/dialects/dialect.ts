import type { Endpoint } from '../endpoint.js';
import type { LlmStats, Message } from '../llm.js';
import type { CallDelta, JsonSchema, NativeCall, ToolSpec } from '../tool-spec.js';

/** One question to a server. */
export type ChatRequest = {
  /** Ends with the `user` message that is to be answered. */
  messages: readonly Message[];
  maxTokens: number;
  /** The answer ends before the first of these. */
  stop?: readonly string[];
  temperature?: number;
  /** What was answered already; the answer goes on behind it. */
  partial?: string;
  /** Slot of the server whose evaluated beginning is to be used; left out, the server chooses. */
  slot?: number;
  /** Tools that may be called instead of answering in words. */
  tools?: readonly ToolSpec[];
  /** The answer is JSON that fits; a server that cannot hold its model to it only hears of it in words. */
  form?: JsonSchema;
};

/** How far the prompt has been evaluated, in tokens; `cached` were evaluated before. */
export type Progress = { total: number; cached: number; processed: number };

/** `callDelta` shows that a native call is being written; the whole `call` comes before `stats`. */
export type ChatEvent =
  | { text: string }
  | { progress: Progress }
  | { callDelta: CallDelta }
  | { call: NativeCall }
  | { stats: LlmStats };

/** One way to ask a server; holds no state of a single answer. */
export interface Dialect {
  /**
   * The answer as it comes; `stats` is the last event. Leaving the loop or aborting ends the server's work.
   * @throws TwinError `TWIN_LLM_UNAVAILABLE` (retryable), `TWIN_LLM_REFUSED`; AbortError.
   */
  chat(endpoint: Endpoint, request: ChatRequest, signal: AbortSignal): AsyncIterable<ChatEvent>;
  /** Resolves when the server can be asked. @throws TwinError as above. */
  alive(endpoint: Endpoint, signal: AbortSignal): Promise<void>;
  /**
   * How the answer to a request with `partial` begins. `exact`: right behind it, to the letter. `loose`: perhaps with
   * other spaces, or with `partial` once more.
   */
  readonly seam: 'exact' | 'loose';
  /**
   * Whether the server works and is only occupied, so that a request that hears nothing is waiting its turn; false when
   * nobody answers. Left out by dialects that cannot tell.
   */
  busy?(endpoint: Endpoint, signal: AbortSignal): Promise<boolean>;
}
