import type { Embedder } from '@twin/pipecat-app/memory/embedder.js';
import { readVectors, writeVectors } from '@twin/pipecat-app/mind/vector-file.js';

export type Keeping = Pick<Embedder, 'id' | 'embed' | 'health'> & { keep(): Promise<void> };

/** An embedder that keeps every vector, also in a file from one run to the next: most sentences stay the same. */
export async function keeping(inner: Embedder, file: string): Promise<Keeping> {
  const known = await readVectors(file, inner.id);
  return {
    id: inner.id,
    health: () => inner.health(),
    embed: async (texts, signal) => {
      const missing = [...new Set(texts)].filter((text) => !known.has(text));
      const vectors = missing.length === 0 ? [] : await inner.embed(missing, signal);
      missing.forEach((text, i) => {
        known.set(text, vectors[i] as Float32Array);
      });
      return texts.map((text) => known.get(text) as Float32Array);
    },
    keep: () => writeVectors(file, inner.id, known),
  };
}
