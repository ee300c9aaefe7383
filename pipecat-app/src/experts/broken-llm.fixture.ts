import type { Llm, LlmPiece, LlmRequest } from './llm.js';

/** A model whose every call does what `answer` does; for failures that a real model cannot be made to have. */
export const llmThat = (answer: (request: LlmRequest, signal: AbortSignal) => AsyncIterable<LlmPiece>): Llm => ({
  model: 'broken',
  seam: 'exact',
  start: async () => {},
  prepare: async () => {},
  stream: answer,
  lastAnswer: () => undefined,
  health: () => ({ ok: true, detail: '' }),
  close: async () => {},
});
