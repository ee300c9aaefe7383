import { isAbort, TwinError } from '../errors.js';
import type { MindEvent } from './mind.js';

/** A whole answer that is no model's. */
export function* plainly(words: string): Generator<MindEvent, void> {
  yield { type: 'text', delta: words };
  yield { type: 'done', source: 'reflex' };
}

/** A whole answer that says what cannot be done. */
export function* apology(words: string): Generator<MindEvent, void> {
  yield { type: 'text', delta: words };
  yield { type: 'done', source: 'apology' };
}

/** What is said when the model could not begin to answer. */
export function inWords(error: unknown): string {
  const code = error instanceof TwinError ? error.code : '';
  if (code === 'TWIN_MODEL_MISSING') {
    return 'I have no language model yet, so I can only follow commands. Ask me what I can do, or run: twin models pull.';
  }
  if (code === 'TWIN_LLM_SLOW') return 'My language model is not ready yet. Please ask again in a moment.';
  if (code === 'TWIN_PROMPT_FILE') return 'My persona file is missing or broken, so I cannot answer questions.';
  if (isAbort(error)) return 'My language model was interrupted. Please ask again.';
  return 'My language model does not answer. Please ask again in a moment.';
}
