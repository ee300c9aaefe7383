import { rename } from 'node:fs/promises';
import type { Index as FaissIndex } from 'faiss-node';

/** The native half of faiss-node. */
export type Faiss = { Index: typeof import('faiss-node').Index };

/** Behind so many vectors a search of all of them takes too long, and their signs are kept (`npm run bench:memory`). */
export const FLAT_UP_TO = 20_000;
/** As squared distance: of unit vectors it is 2 − 2 × inner product. */
const METRIC_L2 = 1;
/** `flat` compares the vectors themselves; `bits` one bit per number, after a rotation: candidates to be compared exactly. */
const FORM = { flat: 'Flat', bits: 'LSHr' } as const;
export type IndexForm = keyof typeof FORM;

export type Hit = { position: number; score: number };

/**
 * Unit vectors by position, the first added has 0. Nothing is ever removed: who uses it passes over what is gone, and
 * builds a new index now and then. A faiss exception aborts the process, so everything is checked before.
 */
export class VectorIndex {
  readonly #index: FaissIndex;

  private constructor(
    index: FaissIndex,
    readonly dimensions: number,
    readonly form: IndexForm,
  ) {
    this.#index = index;
  }

  static empty({ Index }: Faiss, dimensions: number, form: IndexForm): VectorIndex {
    if (!Number.isInteger(dimensions) || dimensions < 1 || dimensions > 8192) throw new RangeError('dimensions');
    return new VectorIndex(Index.fromFactory(dimensions, FORM[form], METRIC_L2), dimensions, form);
  }

  /** Reads a file that is known to be whole: faiss does not survive another one. */
  static read({ Index }: Faiss, file: string, form: IndexForm): VectorIndex {
    const index = Index.read(file);
    return new VectorIndex(index, index.getDimension(), form);
  }

  get size(): number {
    return this.#index.ntotal();
  }

  add(vectors: readonly Float32Array[]): void {
    if (vectors.length === 0) return;
    const flat: number[] = [];
    for (const vector of vectors) {
      if (vector.length !== this.dimensions) throw new RangeError(`a vector has ${vector.length} numbers`);
      for (const value of vector) {
        if (!Number.isFinite(value)) throw new RangeError('a vector holds what is no number');
        flat.push(value);
      }
    }
    this.#index.add(flat);
  }

  /** The nearest, best first; `score` is the inner product, from −1 to 1, and means nothing in the form `bits`. */
  search(vector: Float32Array, count: number): Hit[] {
    const k = Math.min(count, this.size);
    if (k === 0) return [];
    if (vector.length !== this.dimensions) throw new RangeError(`the vector has ${vector.length} numbers`);
    const { distances, labels } = this.#index.search(Array.from(vector), k);
    return labels
      .map((position, i) => ({ position, score: 1 - (distances[i] as number) / 2 }))
      .filter(({ position }) => position >= 0);
  }

  /** Replaces `file` at once. */
  async write(file: string): Promise<void> {
    this.#index.write(`${file}.new`);
    await rename(`${file}.new`, file);
  }
}
