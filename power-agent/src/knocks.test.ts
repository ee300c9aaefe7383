import { expect, test } from 'vitest';
import { Knocks } from './knocks.js';

const syn = (sourcePort: number, source = '127.0.0.1') => ({ port: 8080, source, sourcePort });
const after = (): Knocks => {
  const knocks = new Knocks(() => new Set(['127.0.0.1', '::1', '10.1.0.1']), 9_000);
  knocks.listed('coding', 10_000);
  return knocks;
};

test('a check that began before the service went, and is held, wakes nothing until it gives up', () => {
  for (const source of ['127.0.0.1', '::1', '10.1.0.1']) {
    const knocks = after();
    const tries = [10_050, 11_050, 13_050];
    expect(tries.map((at) => knocks.wants('coding', syn(4711, source), at))).toEqual([false, false, false]);
  }
});

test('a client of this node that goes on trying is no check: it wakes the service', () => {
  const knocks = after();
  const tries = [10_050, 11_050, 13_050, 17_050];
  expect(tries.map((at) => knocks.wants('coding', syn(4712), at))).toEqual([false, false, false, true]);
});

test('who comes when every check has given up wakes it at once, and so does another node at any time', () => {
  const knocks = after();
  expect(knocks.wants('coding', syn(4713), 14_600)).toBe(true);
  expect(knocks.wants('coding', syn(4714, '10.1.0.7'), 10_001)).toBe(true);
});

test('an agent that has just begun does not know what was listed: it waits as if everything had been', () => {
  const knocks = after();
  expect(knocks.wants('math', syn(4715), 9_100)).toBe(false);
  expect(knocks.wants('math', syn(4716), 13_600)).toBe(true);
});
