import type { Embedder } from './embedder.js';
import type { Fact } from './facts.js';
import type { NativeParts } from './native-parts.js';

export type { Fact };
export type Recalled = Fact & { score: number };
export type Remembered = { fact: Fact; how: 'new' | 'merged' | 'superseded'; before?: Fact };

export type LongTermOptions = {
  /** Folder of the store: `long_term_memory.sqlite`, `long_term_memory.faiss`, `saved_states/`. */
  dir: string;
  embedder: Embedder;
  /** Where the compiled libraries are; throws a TwinError when they are not there. */
  native: () => NativeParts;
  /** Facts that `recall` gives at most. */
  topK?: number;
  /** Of `relevance`, 0 to 1; for another embedder than the one of the catalogue, of the cosine. */
  minimumScore?: number;
  now?: () => number;
};
