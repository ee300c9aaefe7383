import type { LlmRequest, LlmStats } from './llm.js';
import type { Wanted } from './routing/wanted.js';
import type { NativeCall } from './tool-spec.js';

export type ExpertRequest = LlmRequest & {
  wanted: Wanted;
  /** Whose beginning the messages have, so that a server can keep it evaluated; left out for a stranger's. */
  persona?: string;
  temperature?: number;
};

/** A step on the way of a question to its answer, for people. */
export type Route = {
  /** `chosen`: it is asked; `waking`: it is woken first, which takes a while; `lost`: it died or fell silent. */
  step: 'chosen' | 'waking' | 'lost';
  wanted: string;
  expert: string;
  model: string;
  node: string;
  /** One line. */
  why: string;
  /** With `waking`: how long it is likely to take, in ms. */
  wakeMs?: number;
};

/** `call`: a whole native call of a tool. */
export type GatewayEvent = { text: string } | { call: NativeCall } | { route: Route } | { stats: LlmStats };

/** The way to every expert. */
export interface Gateway {
  /** Names of experts that are there or asleep, `main` always. */
  names(): readonly string[];
  /** Experts that understand pictures; `outside`: hosts outside of the cluster among those that would be asked. */
  seeing(): { experts: readonly string[]; outside: readonly string[] };
  /** Persona file of an expert. */
  personaOf(expert: string): string;
  /** Who is to answer `question`. */
  wanted(question: string): Wanted;
  /**
   * One unbroken answer, by whoever can give it best; when one dies another goes on.
   * @throws TwinError `TWIN_LLM_UNAVAILABLE` and others of `Llm.stream` when nobody is left; AbortError.
   */
  answer(request: ExpertRequest, signal: AbortSignal): AsyncIterable<GatewayEvent>;
}
