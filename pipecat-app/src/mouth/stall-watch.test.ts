import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stallWatch } from './stall-watch.js';

beforeEach(() => vi.useFakeTimers());
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

async function* two(): AsyncGenerator<number> {
  yield 1;
  yield 2;
}

it('passes everything on and leaves no timer', async () => {
  const stalls = vi.fn();
  const watched = stallWatch(two(), 100, stalls);
  const seen: number[] = [];
  for await (const item of watched) seen.push(item);
  expect(seen).toEqual([1, 2]);
  expect(stalls).not.toHaveBeenCalled();
});

it('does not count the time that the reader takes', async () => {
  const stalls = vi.fn();
  const watched = stallWatch(two(), 100, stalls);
  await watched.next();
  await vi.advanceTimersByTimeAsync(10_000);
  expect(await watched.next()).toEqual({ done: false, value: 2 });
  expect(stalls).not.toHaveBeenCalled();
  await watched.return(undefined);
});

it('tells once that the source keeps its reader waiting', async () => {
  const stalls = vi.fn();
  let answer = (): void => {};
  async function* slow(): AsyncGenerator<number> {
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    yield 1;
  }
  const watched = stallWatch(slow(), 100, stalls);
  const first = watched.next();
  await vi.advanceTimersByTimeAsync(99);
  expect(stalls).not.toHaveBeenCalled();
  await vi.advanceTimersByTimeAsync(1000);
  expect(stalls).toHaveBeenCalledTimes(1);
  answer();
  expect(await first).toEqual({ done: false, value: 1 });
  await watched.return(undefined);
});
