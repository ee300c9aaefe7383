import { QUESTION_WEIGHTS } from './question-weights.js';

/** Somebody speaks of themselves or of what is theirs. */
const OWN = /\b(?:i|i['’]m|i['’]ve|me|my|mine|myself|we|us|our|ours|we['’]re)\b/i;
/** "Tell me" asks for something, it says nothing of the one who asks. */
const ASKS = /^(?:please )?(?:tell|give|show|let|make|remind|wake) (?:me|us)\b/i;

const weights = new Int8Array(Buffer.from(QUESTION_WEIGHTS.weights, 'base64'));

/** 1 when `text` has a word for oneself, else 0. */
export const speaksOfOneself = (text: string): 0 | 1 => (OWN.test(text.replace(ASKS, '')) ? 1 : 0);

/** Whether `relevance` was fitted to the vectors of an embedder, by its id. */
export const knowsVectorsOf = (embedder: string): boolean => embedder.startsWith(QUESTION_WEIGHTS.model);

/**
 * How likely a remembered fact bears on `text`, 0 to 1: whether the sentence is about the speaker's own world at all, and
 * how near the fact is. A question of general knowledge is near to many facts and about none of them.
 *
 * @param vector of `text`, length 1
 * @param cosine of the vectors of `text` and the fact
 */
export function relevance(text: string, vector: Float32Array, cosine: number): number {
  let learned = 0;
  for (const [i, weight] of weights.entries()) learned += weight * (vector[i] ?? 0);
  const { scale, bias, own, cosine: nearness } = QUESTION_WEIGHTS;
  const sum = bias + scale * learned + own * speaksOfOneself(text) + nearness * cosine;
  return 1 / (1 + Math.exp(-sum));
}
