import MiniSearch from 'minisearch';
import { z } from 'zod';
import type { TwinError } from '../../errors.js';
import { StateFile } from '../../state-file.js';
import { documentsBelow, readDocument, type StoredDocument, storedDocument } from './documents.js';
import { indexWord } from './words.js';

/** What the index needs of a sentence embedder: unit vectors. */
export type TextEmbedder = {
  readonly id: string;
  embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]>;
};

export type Hit = { file: string; heading: string; text: string };

export type DocumentIndexOptions = {
  /** Folder that contains everything; paths are given relative to it. */
  base: string;
  /** Folders and files below `base`. */
  roots: readonly string[];
  /** Where the index is kept between two runs. */
  cacheFile: string;
  /** Ranks by meaning besides words. */
  embedder?: TextEmbedder | undefined;
  onProblem?: (problem: TwinError) => void;
};

type Entry = Hit & { id: number; vector: Float32Array | undefined };

const cache = z.object({
  version: z.literal(1),
  embedder: z.string(),
  documents: z.record(z.string(), storedDocument),
});
const BATCH = 16;
/** Reciprocal rank fusion (Cormack, Clarke and Büttcher, 2009) uses 60. */
const FUSION = 60;

/** The project's documents by heading, ranked by words (BM25) and, with an embedder, by meaning too. */
export class DocumentIndex {
  readonly #options: DocumentIndexOptions;
  readonly #file: StateFile<z.infer<typeof cache>>;
  #documents = new Map<string, StoredDocument>();
  #loaded = false;
  #entries: readonly Entry[] = [];
  #words: MiniSearch<Entry> | undefined;
  #progress = { done: 0, total: 0 };
  #refreshing: Promise<void> | undefined;

  constructor(options: DocumentIndexOptions) {
    this.#options = options;
    this.#file = new StateFile(options.cacheFile, cache, options.onProblem ?? (() => undefined));
  }

  /** Files read so far and all of them, of the refresh that runs or ran last. */
  progress(): { done: number; total: number } {
    return { ...this.#progress };
  }

  /** It can be searched, although perhaps not for the newest changes. */
  get ready(): boolean {
    return this.#words !== undefined;
  }

  get size(): { files: number; chunks: number } {
    return { files: this.#documents.size, chunks: this.#entries.length };
  }

  /** Reads what is new or has changed; one refresh at a time, further callers join it. */
  refresh(signal: AbortSignal, { anew = false } = {}): Promise<void> {
    this.#refreshing ??= this.#refresh(signal, anew).finally(() => {
      this.#refreshing = undefined;
    });
    return this.#refreshing;
  }

  /** The `k` best pieces, best first. */
  async search(query: string, k: number, signal: AbortSignal): Promise<Hit[]> {
    const byWords = this.#words?.search(query).map(({ id }) => id as number) ?? [];
    const scores = new Map<number, number>();
    const count = (ids: readonly number[]): void => {
      for (const [rank, id] of ids.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (FUSION + rank));
    };
    count(byWords.slice(0, 50));
    count((await this.#byMeaning(query, signal)).slice(0, 50));
    const best = new Map<string, Hit>();
    for (const [id] of [...scores].sort(([, a], [, b]) => b - a)) {
      const entry = this.#entries[id];
      if (entry === undefined || best.size >= k) break;
      const { file, heading, text } = entry;
      // One piece of each section: three neighbours would say less than three places.
      if (!best.has(`${file}#${heading}`)) best.set(`${file}#${heading}`, { file, heading, text });
    }
    return [...best.values()];
  }

  async close(): Promise<void> {
    await this.#refreshing?.catch(() => undefined);
    await this.#file.saved();
  }

  async #byMeaning(query: string, signal: AbortSignal): Promise<number[]> {
    const { embedder } = this.#options;
    if (embedder === undefined || !this.#entries.some(({ vector }) => vector)) return [];
    const [asked] = await embedder.embed([query], signal);
    if (asked === undefined) return [];
    return this.#entries
      .flatMap(({ id, vector }) => (vector ? [{ id, score: dot(asked, vector) }] : []))
      .sort((a, b) => b.score - a.score)
      .map(({ id }) => id);
  }

  async #refresh(signal: AbortSignal, anew: boolean): Promise<void> {
    const { base, roots } = this.#options;
    if (!this.#loaded) await this.#load();
    const files = await documentsBelow(base, roots, signal);
    this.#progress = { done: 0, total: files.length };
    const next = new Map<string, StoredDocument>();
    for (const file of files) {
      signal.throwIfAborted();
      const read = await readDocument(base, file, anew ? undefined : this.#documents.get(file));
      if (read) next.set(file, await this.#embedded(read, signal));
      this.#progress.done++;
    }
    const changed =
      next.size !== this.#documents.size || [...next].some(([file, read]) => this.#documents.get(file) !== read);
    this.#documents = next;
    if (changed || !this.ready) this.#build();
    if (!changed) return;
    const embedder = this.#options.embedder?.id ?? '';
    this.#file.save({ version: 1, embedder, documents: Object.fromEntries(next) });
  }

  async #load(): Promise<void> {
    const kept = await this.#file.load();
    this.#loaded = true;
    // Vectors of another embedder say nothing to this one.
    if (kept?.embedder === (this.#options.embedder?.id ?? ''))
      this.#documents = new Map(Object.entries(kept.documents));
  }

  async #embedded(read: StoredDocument, signal: AbortSignal): Promise<StoredDocument> {
    const { embedder } = this.#options;
    if (embedder === undefined || read.chunks.every(({ vector }) => vector !== undefined)) return read;
    const chunks: StoredDocument['chunks'] = [];
    for (let at = 0; at < read.chunks.length; at += BATCH) {
      const batch = read.chunks.slice(at, at + BATCH);
      const vectors = await embedder.embed(
        batch.map(({ heading, text }) => `${heading}\n${text}`),
        signal,
      );
      for (const [i, chunk] of batch.entries()) {
        const { buffer, byteOffset, byteLength } = vectors[i] ?? new Float32Array();
        chunks.push({ ...chunk, vector: Buffer.from(buffer, byteOffset, byteLength).toString('base64') });
      }
    }
    return { ...read, chunks };
  }

  #build(): void {
    const words = new MiniSearch<Entry>({
      fields: ['heading', 'text', 'file'],
      processTerm: (term) => indexWord(term),
      searchOptions: { boost: { heading: 2, file: 1.5 } },
    });
    this.#entries = [...this.#documents].flatMap(([file, { chunks }]) =>
      chunks.map(({ heading, text, vector }) => ({ id: 0, file, heading, text, vector: decoded(vector) })),
    );
    for (const [id, entry] of this.#entries.entries()) entry.id = id;
    words.addAll(this.#entries);
    this.#words = words;
  }
}

function decoded(vector: string | undefined): Float32Array | undefined {
  if (!vector) return undefined;
  const bytes = Buffer.from(vector, 'base64');
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength));
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
