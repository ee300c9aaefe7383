import { innerProduct } from '@twin/pipecat-app/memory/inner-product.js';
import type { ToLearn } from './set.js';

/** Two sentences that are nearer say the same in nearly the same words. */
const SAME = 0.87;

/**
 * A number of each sentence, the same for those that belong together: of one line, or near to each other, also through
 * others. A figure that is measured on one of them with the others learned from would be too good.
 */
export function groupsOf(sentences: readonly ToLearn[], vectors: readonly Float32Array[]): number[] {
  const owner = sentences.map((_, i) => i);
  const find = (i: number): number => {
    let at = i;
    while (owner[at] !== at) at = owner[at] as number;
    return at;
  };
  const lines = new Map<string, number>();
  for (const [i, { together }] of sentences.entries()) {
    const first = together === undefined ? undefined : lines.get(together);
    if (first !== undefined) owner[find(i)] = find(first);
    else if (together !== undefined) lines.set(together, i);
    for (let j = 0; j < i; j++)
      if (innerProduct(vectors[i] as Float32Array, vectors[j] as Float32Array) > SAME) owner[find(i)] = find(j);
  }
  return owner.map((_, i) => find(i));
}
