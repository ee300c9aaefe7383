import { ChildCalls } from './child-calls.js';
import type { Embedder } from './embedder.js';
import type { EmbeddingAsk, EmbeddingOpened } from './embedding-messages.js';
import { InTurn } from './in-turn.js';

/** A model file on this machine; `id` names its bytes. */
export type EmbeddingFile = { id: string; path: string };

/** Texts per message to the child: enough to make its cost small, few enough to let others have a turn. */
const BATCH = 32;
const STALL_MS = 60_000;

/** A GGUF embedding model in a child process, through node-llama-cpp with one thread. */
export class GgufEmbedder implements Embedder {
  readonly #find: (signal: AbortSignal) => Promise<EmbeddingFile>;
  #file: EmbeddingFile | undefined;
  #dimensions = 0;
  readonly #child: ChildCalls;
  #problem = 'It is starting.';
  /** One batch at a time: a long job (re-embedding) leaves room for a question between two of its batches. */
  readonly #batches = new InTurn();

  /** @param find the model's file, looked for at each start until it is there; throws a TwinError when it is not */
  constructor(find: (signal: AbortSignal) => Promise<EmbeddingFile>) {
    this.#find = find;
    this.#child = new ChildCalls({
      file: 'embedding-child.js',
      title: 'The embedding model',
      code: 'TWIN_EMBEDDER_UNAVAILABLE',
      opening: (): EmbeddingAsk => ({ type: 'load', modelPath: this.#file?.path ?? '' }),
      stallMs: STALL_MS,
    });
  }

  get id(): string {
    return this.#file?.id ?? '';
  }

  get dimensions(): number {
    return this.#dimensions;
  }

  /** Of the model's process, for tests. */
  get pid(): number | undefined {
    return this.#child.pid;
  }

  async start(signal: AbortSignal): Promise<void> {
    try {
      this.#file ??= await this.#find(signal);
    } catch (error) {
      this.#problem = error instanceof Error ? error.message : String(error);
      throw error;
    }
    this.#dimensions = (await this.#child.open<EmbeddingOpened>(signal)).dimensions;
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    if (this.#dimensions === 0) await this.start(signal);
    const vectors: Float32Array[] = [];
    for (let from = 0; from < texts.length; from += BATCH) {
      const ask: EmbeddingAsk = { type: 'embed', texts: texts.slice(from, from + BATCH) };
      vectors.push(...(await this.#batches.run(() => this.#child.call<Float32Array[]>(ask, signal))));
    }
    return vectors;
  }

  health(): { ok: boolean; detail: string } {
    if (this.#file === undefined) return { ok: false, detail: this.#problem };
    const { problem } = this.#child;
    return { ok: problem === '', detail: problem || `${this.#file.id} is loaded.` };
  }

  async close(): Promise<void> {
    await this.#child.close();
  }
}
