import type { Embedder } from '../memory/embedder.js';
import { readVectors, writeVectors } from './vector-file.js';

/** Longest time for some thousand sentences on an old machine. */
const PREPARE_MS = 600_000;
/** Sentences that are kept; servers outside may change their words as often as they like. About 1.6 KB each. */
const MOST = 12_000;

/** Without an id nothing is kept in a file. */
type Source = Pick<Embedder, 'embed' | 'health'> & Partial<Pick<Embedder, 'id'>>;

/** Vectors of sentences that stay the same, each embedded once and kept, also over a restart where there is a file. */
export class SentenceVectors {
  readonly #embedder: Source;
  readonly #file: string | undefined;
  readonly #shippedFile: string | undefined;
  readonly #vectors = new Map<string, Float32Array>();
  #shipped: ReadonlyMap<string, Float32Array> = new Map();
  #read: Promise<void> | undefined;
  #preparing: Promise<void> | undefined;

  /**
   * @param file Where the vectors are kept over a restart
   * @param shipped Vectors that came with the program; never written
   */
  constructor(embedder: Source, file?: string, shipped?: string) {
    this.#embedder = embedder;
    this.#file = file;
    this.#shippedFile = shipped;
  }

  /** Embeds those that are not known yet. @throws TwinError of `Embedder.embed` */
  async prepare(sentences: readonly string[], signal: AbortSignal): Promise<void> {
    await this.#readOnce();
    const missing = [...new Set(sentences)].filter((sentence) => this.get(sentence) === undefined);
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
    await this.#write();
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
    return this.#shipped.get(sentence) ?? this.#vectors.get(sentence);
  }

  /** Reads the files with the first sentences, because an embedder has no id before it starts. */
  async #readOnce(): Promise<void> {
    const { id = '' } = this.#embedder;
    if (id === '') return;
    this.#read ??= this.#readFiles(id);
    await this.#read;
  }

  async #readFiles(id: string): Promise<void> {
    if (this.#shippedFile !== undefined) this.#shipped = await readVectors(this.#shippedFile, id);
    if (this.#file === undefined) return;
    for (const [sentence, vector] of await readVectors(this.#file, id))
      if (this.get(sentence) === undefined) this.#vectors.set(sentence, vector);
  }

  async #write(): Promise<void> {
    const { id = '' } = this.#embedder;
    if (this.#file === undefined || id === '') return;
    // A disk that is full costs the next start some time, and nothing else.
    await writeVectors(this.#file, id, this.#vectors).catch(() => undefined);
  }
}
