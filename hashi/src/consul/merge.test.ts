import { expect, test } from 'vitest';
import { watchEach } from './merge.js';

test('the first map comes when every name has a value or failed once', async () => {
  const watches = new Watches();
  const reading = watches.read(2);
  watches.names(['a', 'b', 'c']);
  await watches.started('a', 'b', 'c');
  watches.push('a', 1);
  watches.push('c', 3);
  watches.trouble('b');
  await watches.yielded(1);
  watches.push('b', 2);
  expect(await reading).toEqual([
    { a: 1, c: 3 },
    { a: 1, b: 2, c: 3 },
  ]);
});

test('a name that goes takes its value and its watch with it', async () => {
  const watches = new Watches();
  const reading = watches.read(2);
  watches.names(['a', 'b']);
  await watches.started('a', 'b');
  watches.push('a', 1);
  watches.push('b', 2);
  await watches.yielded(1);
  watches.names(['b']);
  expect(await reading).toEqual([{ a: 1, b: 2 }, { b: 2 }]);
  expect(watches.open.size).toBe(0);
});

test('no names are news too', async () => {
  const watches = new Watches();
  const reading = watches.read(1);
  watches.names([]);
  expect(await reading).toEqual([{}]);
});

test('one watch that fails for good ends all, with its error', async () => {
  const watches = new Watches();
  const reading = watches.read(1);
  const expected = expect(reading).rejects.toThrow('broken');
  watches.names(['a', 'b']);
  await watches.started('a', 'b');
  watches.fail('b', new Error('broken'));
  await expected;
  expect(watches.open.size).toBe(0);
});

test('an aborted signal ends all, quietly', async () => {
  const watches = new Watches();
  const reading = watches.read(5);
  watches.names(['a', 'b']);
  await watches.started('a', 'b');
  watches.stop.abort();
  expect(await reading).toEqual([]);
  expect(watches.open.size).toBe(0);
});

type Step = { value: unknown } | { error: Error };

/** Watches whose values the test pushes. `open` has the names of those that have not ended. */
class Watches {
  readonly open = new Set<string>();
  readonly stop = new AbortController();
  readonly #steps = new Map<string, Step[]>();
  readonly #wake = new Map<string, () => void>();
  readonly #troubles = new Map<string, () => void>();
  readonly #seen: Record<string, unknown>[] = [];

  names(names: string[]): void {
    this.push('', new Set(names));
  }

  push(name: string, value: unknown): void {
    this.#step(name, { value });
  }

  fail(name: string, error: Error): void {
    this.#step(name, { error });
  }

  trouble(name: string): void {
    this.#troubles.get(name)?.();
  }

  async started(...names: string[]): Promise<void> {
    await expect.poll(() => names.every((name) => this.open.has(name))).toBe(true);
  }

  async yielded(count: number): Promise<void> {
    await expect.poll(() => this.#seen.length).toBe(count);
  }

  /** The first `count` maps. */
  async read(count: number): Promise<Record<string, unknown>[]> {
    const names = (signal: AbortSignal) => this.#iterate('', signal) as AsyncIterable<Set<string>>;
    const one = (name: string, signal: AbortSignal, onTrouble: () => void): AsyncIterable<unknown> => {
      this.#troubles.set(name, onTrouble);
      return this.#iterate(name, signal);
    };
    for await (const map of watchEach(names, one, this.stop.signal)) {
      this.#seen.push(Object.fromEntries(map));
      if (this.#seen.length >= count) break;
    }
    return this.#seen;
  }

  async *#iterate(name: string, signal: AbortSignal): AsyncGenerator<unknown, void> {
    const steps: Step[] = this.#steps.get(name) ?? [];
    this.#steps.set(name, steps);
    this.open.add(name);
    signal.addEventListener('abort', () => this.#wake.get(name)?.());
    try {
      while (!signal.aborted) {
        const step = steps.shift();
        if (step === undefined) await new Promise<void>((resolve) => this.#wake.set(name, resolve));
        else if ('error' in step) throw step.error;
        else yield step.value;
      }
    } finally {
      this.open.delete(name);
    }
  }

  #step(name: string, step: Step): void {
    const steps = this.#steps.get(name) ?? [];
    steps.push(step);
    this.#steps.set(name, steps);
    this.#wake.get(name)?.();
  }
}
