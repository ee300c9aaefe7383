import type { Embedder } from '../memory/embedder.js';

/** Longest time for more than a thousand sentences on an old machine. */
const PREPARE_MS = 300_000;
/** Sentences that are kept; servers outside may change their words as often as they like. */
const MOST = 5000;

/** Vectors of sentences that stay the same, each embedded once and kept. */
export class SentenceVectors {
  readonly #embedder: Pick<Embedder, 'embed' | 'health'>;
  readonly #vectors = new Map<string, Float32Array>();
  #preparing: Promise<void> | undefined;

  constructor(embedder: Pick<Embedder, 'embed' | 'health'>) {
    this.#embedder = embedder;
  }

  /** Embeds those that are not known yet. @throws TwinError of `Embedder.embed` */
  async prepare(sentences: readonly string[], signal: AbortSignal): Promise<void> {
    const missing = [...new Set(sentences)].filter((sentence) => !this.#vectors.has(sentence));
    if (missing.length === 0) return;
    const vectors = await this.#embedder.embed(missing, signal);
    missing.forEach((sentence, i) => {
      const vector = vectors[i];
      if (vector) this.#vectors.set(sentence, vector);
    });
    for (const oldest of this.#vectors.keys()) {
      if (this.#vectors.size <= MOST) break;
      this.#vectors.delete(oldest);
    }
  }

  /** Begins `prepare` without anybody who waits, unless it runs already; after a failure the next call begins again. */
  prepareSoon(sentences: () => readonly string[]): void {
    this.#preparing ??= this.prepare(sentences(), AbortSignal.timeout(PREPARE_MS))
      .catch(() => undefined)
      .finally(() => {
        this.#preparing = undefined;
      });
  }

  /** Resolves when nothing is being embedded. */
  async ready(): Promise<void> {
    await this.#preparing;
  }

  /** The vector of a sentence, when it has one already. */
  get(sentence: string): Float32Array | undefined {
    return this.#vectors.get(sentence);
  }
}
