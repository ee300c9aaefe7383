import { expect, test } from 'vitest';
import { Energy } from './energy.js';

const MINUTE = 60_000;
/** The middle of a day, so that no test crosses midnight. */
const NOON = new Date(2026, 4, 1, 12).getTime();
const WATTS = { working: 60, idle: 30, suspended: 3 };
const begin = (at = NOON): Energy => new Energy('attic', WATTS, at);

test('working and idle as declared, a meter goes first', () => {
  const energy = begin();
  energy.tick(NOON, ['a'], true);
  energy.tick(NOON + 10 * MINUTE, [], false);
  energy.tick(NOON + 20 * MINUTE, [], false, 120);
  expect(energy.used(NOON + 30 * MINUTE)).toBeCloseTo(60 / 6 + 30 / 6 + 120 / 6);
  expect(energy.draws).toBe(120);
});

test('a look while the node falls asleep does not make it count as awake', () => {
  const energy = begin();
  energy.tick(NOON, [], false);
  energy.suspend(true, NOON);
  energy.tick(NOON + 500, [], false);
  energy.suspend(false, NOON + 60 * MINUTE);
  energy.tick(NOON + 60 * MINUTE, [], true);
  expect(energy.used(NOON + 120 * MINUTE)).toBeCloseTo(3 + 60);
});

test.each([
  ['awake, and its agent was away for a minute', false, 1, 0.5],
  ['awake, and its agent was away for so long that the node may have been off', false, 60, 0],
  ['suspended for hours', true, 180, 9],
])('goes on with what was kept: %s', (_what, asleep, minutes, gap) => {
  const first = begin();
  first.tick(NOON, ['a'], false);
  if (asleep) first.suspend(true, NOON + 60 * MINUTE);
  else first.tick(NOON + 60 * MINUTE, ['a'], false);
  const back = NOON + (60 + minutes) * MINUTE;
  const next = begin(back);
  next.restore(first.text());
  expect(next.used(back)).toBeCloseTo(30 + gap);
  expect(next.services.get('a')).toBeCloseTo(30);
});

test('what was kept on another day, or is no ledger, counts nothing', () => {
  const yesterday = begin(NOON - 24 * 60 * MINUTE);
  yesterday.tick(NOON - 24 * 60 * MINUTE, [], true);
  yesterday.tick(NOON - 23 * 60 * MINUTE, [], true);
  for (const text of [yesterday.text(), '{', '{"day":1}']) {
    const energy = begin();
    energy.restore(text);
    expect(energy.used(NOON)).toBe(0);
  }
});
