import { expect, test } from 'vitest';
import { changes, type Polled } from './blocking.js';
import { HashiError } from './errors.js';
import { quickClock } from './quick-clock.fixture.js';

type Step = Polled<string> | HashiError;

const passing = new HashiError('TWIN_CONSUL_UNREACHABLE', 'GET /', 'gone', { retryable: true });
const final = new HashiError('TWIN_CONSUL_REFUSED', 'GET /', 'no', { status: 403 });

test('yields a value once, however often the index moves without it', async () => {
  const { values, asked } = await follow([at(5, 'a'), at(6, 'a'), at(6, 'a'), at(9, 'b')]);
  expect(values).toEqual(['a', 'b']);
  expect(asked).toEqual([0, 5, 6, 6, 9]);
});

test('an index that goes back, or is none, starts again at 0', async () => {
  const { values, asked } = await follow([at(5, 'a'), at(3, 'b'), at(3, 'b'), at(0, 'c'), at(4, 'd')]);
  expect(values).toEqual(['a', 'b', 'c', 'd']);
  expect(asked).toEqual([0, 5, 0, 3, 0, 4]);
});

test('a server whose index is always none is asked ever more seldom', async () => {
  const { clock } = await follow(Array.from({ length: 12 }, (_, i) => at(0, String(i))));
  expect(clock.sleeps.at(-1)).toBeGreaterThan(10_000);
});

test('failures are waited out, and the last value is not yielded again after them', async () => {
  const { values, asked, troubles, clock } = await follow([at(5, 'a'), passing, passing, at(7, 'a'), at(8, 'b')]);
  expect(values).toEqual(['a', 'b']);
  expect(asked).toEqual([0, 5, 0, 0, 7, 8]);
  expect(troubles).toBe(2);
  expect(clock.sleeps.filter((ms) => ms >= 125 && ms <= 500)).toHaveLength(clock.sleeps.length);
});

test('what no retry mends is thrown before the first value and waited out after it', async () => {
  await expect(follow([passing, final])).rejects.toBe(final);
  const { values, troubles } = await follow([at(1, 'a'), final, at(2, 'b')]);
  expect(values).toEqual(['a', 'b']);
  expect(troubles).toBe(1);
  const closed = new HashiError('TWIN_CONSUL_CLOSED', 'GET /', 'closed');
  await expect(follow([at(1, 'a'), closed])).rejects.toBe(closed);
  await expect(follow([at(1, 'a'), new TypeError('ours') as never])).rejects.toThrow('ours');
});

test('two queries never start within the floor of each other, slow ones do not wait for it', async () => {
  const { clock } = await follow([at(1, 'a'), at(2, 'b'), at(3, 'c')], { tookMs: [0, 150, 500] });
  expect(clock.sleeps).toHaveLength(2);
  expect(clock.sleeps[0]).toBeGreaterThanOrEqual(200);
  expect(clock.sleeps[0]).toBeLessThanOrEqual(250);
  expect(clock.sleeps[1]).toBeGreaterThanOrEqual(50);
  expect(clock.sleeps[1]).toBeLessThanOrEqual(100);
});

test('an aborted signal ends it quietly, also in the middle of a query', async () => {
  for await (const _ of changes(async () => at(1, 'a'), { signal: AbortSignal.abort() })) expect.unreachable();
  const stop = new AbortController();
  const hangs = (index: number, _: number, signal: AbortSignal): Promise<Polled<string>> =>
    index === 0
      ? Promise.resolve(at(1, 'a'))
      : new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason));
          stop.abort();
        });
  const seen: string[] = [];
  for await (const value of changes(hangs, { signal: stop.signal, clock: quickClock() })) seen.push(value);
  expect(seen).toEqual(['a']);
});

const at = (index: number, value: string): Polled<string> => ({ index, value });

/** Answers with the steps one after the other, then aborts. */
async function follow(steps: readonly Step[], { tookMs = [] }: { tookMs?: readonly number[] } = {}) {
  const stop = new AbortController();
  const clock = quickClock();
  const asked: number[] = [];
  const values: string[] = [];
  let troubles = 0;
  let extra = 0;
  const ask = async (index: number): Promise<Polled<string>> => {
    extra += tookMs[asked.length] ?? 0;
    asked.push(index);
    const step = steps[asked.length - 1];
    if (step === undefined) stop.abort();
    if (step === undefined || step instanceof Error) throw step ?? stop.signal.reason;
    return step;
  };
  const ownClock = { ...clock, now: () => clock.now() + extra };
  const polling = { signal: stop.signal, clock: ownClock, onTrouble: () => void troubles++ };
  for await (const value of changes(ask, polling)) values.push(value);
  return { values, asked, troubles, clock };
}
