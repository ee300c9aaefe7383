import type { PowerChange } from '@twin/hashi/power/power-report.js';
import { expect, test } from 'vitest';
import { newest } from './history.js';

const HOUR_MS = 3_600_000;
const NOW = 100 * HOUR_MS;
const change = (name: string, hoursAgo: number, state: PowerChange['state']): PowerChange => ({
  of: 'service',
  name,
  state,
  at: NOW - hoursAgo * HOUR_MS,
  why: '',
});

test('of what is older than a day the last change of each is kept: it says how the day began', () => {
  const [old, last, fresh] = [change('a', 50, 'awake'), change('a', 30, 'asleep'), change('a', 2, 'awake')];
  const other = change('b', 40, 'awake');
  expect(newest([old, other, last, fresh], NOW)).toEqual([last, other, fresh]);
});

test('however often something changes, a few hundred are kept, the newest', () => {
  const many = Array.from({ length: 1000 }, (_, i) => change('a', 20 - i / 100, i % 2 === 0 ? 'awake' : 'asleep'));
  const kept = newest(many, NOW);
  expect(kept).toEqual(many.slice(-300));
  expect(JSON.stringify(kept).length).toBeLessThan(64 * 1024);
});
