import type { Embedder } from './embedder.js';

/** Texts that are remembered; a question and the forms of it that one turn compares. */
const KEPT = 64;
/** More texts at once are no question. */
const MOST_TEXTS = 16;

/**
 * An embedder whose last vectors are kept, so that a question is embedded once however many parts of the agent compare it:
 * commands, tools and memories. Two that ask at the same time share one answer.
 */
export class RecentVectors implements Embedder {
  readonly #inner: Embedder;
  readonly #recent = new Map<string, Promise<Float32Array>>();
  #of = '';

  constructor(inner: Embedder) {
    this.#inner = inner;
  }

  get id(): string {
    return this.#inner.id;
  }

  get dimensions(): number {
    return this.#inner.dimensions;
  }

  start(signal: AbortSignal): Promise<void> {
    return this.#inner.start(signal);
  }

  async embed(texts: readonly string[], signal: AbortSignal): Promise<Float32Array[]> {
    if (texts.length > MOST_TEXTS) return this.#inner.embed(texts, signal);
    signal.throwIfAborted();
    if (this.#of !== this.#inner.id) this.#recent.clear();
    this.#of = this.#inner.id;
    const missing = [...new Set(texts)].filter((text) => !this.#recent.has(text));
    if (missing.length > 0) this.#ask(missing);
    const vectors = texts.map((text) => this.#use(text));
    for (const text of this.#recent.keys()) {
      if (this.#recent.size <= KEPT) break;
      this.#recent.delete(text);
    }
    return until(Promise.all(vectors), signal);
  }

  health(): { ok: boolean; detail: string } {
    return this.#inner.health();
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  /** Asks for several texts in one call, which no single asker can abort: the others wait for it too. */
  #ask(texts: readonly string[]): void {
    const asked = this.#inner.embed(texts, new AbortController().signal);
    for (const [i, text] of texts.entries()) {
      const vector = asked.then((all) => all[i] as Float32Array);
      vector.catch(() => {
        if (this.#recent.get(text) === vector) this.#recent.delete(text);
      });
      this.#recent.set(text, vector);
    }
  }

  /** The vector of a text, which is the newest now. */
  #use(text: string): Promise<Float32Array> {
    const vector = this.#recent.get(text) as Promise<Float32Array>;
    this.#recent.delete(text);
    this.#recent.set(text, vector);
    return vector;
  }
}

/** The result of `work`, unless `signal` aborts before. @throws the reason of `signal` */
function until<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
