import { deadline } from '../deadline.js';
import { Latch } from '../latch.js';

/** A watch of one thing; `onTrouble` is told of each failure that it tries again. */
export type WatchOne<T> = (name: string, signal: AbortSignal, onTrouble: () => void) => AsyncIterable<T>;

/**
 * Joins a watch of names with one watch for each name: yields the map of all values whenever a name goes or a value
 * changes, first when every name has a value or has failed once. Changes that come while the reader is busy are yielded
 * as one. When the iteration has ended, by `signal` or by its reader, so have all watches.
 */
export async function* watchEach<T>(
  names: (signal: AbortSignal) => AsyncIterable<ReadonlySet<string>>,
  one: WatchOne<T>,
  signal: AbortSignal,
): AsyncGenerator<ReadonlyMap<string, T>, void> {
  const own = deadline([signal]);
  const watches = new Watches(one);
  own.signal.addEventListener('abort', () => watches.news.set(), { once: true });
  const catalog = watches.follow(names(own.signal));
  try {
    while (!own.signal.aborted) {
      await watches.news.wait();
      if (own.signal.aborted) return;
      if (watches.failure !== undefined) throw watches.failure.error;
      const values = watches.take();
      if (values !== undefined) yield values;
    }
  } finally {
    own.abort();
    own.end();
    await catalog;
    await watches.close();
  }
}

/** `tried` is true from the first value or failure on. */
type Watch<T> = { stop: AbortController; tried: boolean; value?: T };

class Watches<T> {
  readonly news = new Latch();
  failure: { error: unknown } | undefined;
  readonly #one: WatchOne<T>;
  readonly #watches = new Map<string, Watch<T>>();
  readonly #running = new Set<Promise<void>>();
  #hasNames = false;
  #changed = true;

  constructor(one: WatchOne<T>) {
    this.#one = one;
  }

  async follow(names: AsyncIterable<ReadonlySet<string>>): Promise<void> {
    try {
      for await (const present of names) this.#adjust(present);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** The values, when they changed since the last call and no name still waits for its first one. */
  take(): ReadonlyMap<string, T> | undefined {
    const watches = [...this.#watches];
    if (!this.#changed || !this.#hasNames || watches.some(([, { tried }]) => !tried)) return undefined;
    this.#changed = false;
    return new Map(watches.flatMap(([name, { value }]) => (value === undefined ? [] : [[name, value]])));
  }

  async close(): Promise<void> {
    for (const { stop } of this.#watches.values()) stop.abort();
    await Promise.all(this.#running);
  }

  #adjust(present: ReadonlySet<string>): void {
    for (const [name, { stop }] of this.#watches) {
      if (present.has(name)) continue;
      stop.abort();
      this.#watches.delete(name);
      this.#changed = true;
    }
    for (const name of present) if (!this.#watches.has(name)) this.#start(name);
    this.#hasNames = true;
    this.news.set();
  }

  #start(name: string): void {
    const watch: Watch<T> = { stop: new AbortController(), tried: false };
    this.#watches.set(name, watch);
    const running = this.#read(name, watch).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  async #read(name: string, watch: Watch<T>): Promise<void> {
    const onTrouble = (): void => {
      if (watch.tried) return;
      watch.tried = true;
      this.news.set();
    };
    try {
      for await (const value of this.#one(name, watch.stop.signal, onTrouble)) {
        watch.value = value;
        watch.tried = true;
        this.#changed = true;
        this.news.set();
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.failure ??= { error };
    this.news.set();
  }
}
