import { expect, test } from 'vitest';
import { Energy } from './energy.js';

const HOUR = 3_600_000;
const NOON = new Date(2026, 5, 1, 12).getTime();
const watts = { working: 60, idle: 40, suspended: 4 };
const open = (now = NOON): Energy => new Energy('attic', watts, now);
/** An agent that ticks every second until then. */
function ticking(energy: Energy, from: number, until: number): void {
  for (let at = from; at <= until; at += 1000) energy.tick(at, [], false);
}

test('a suspended node draws little, although ticks come between the order and the suspension', () => {
  const energy = open();
  energy.tick(NOON, [], false);
  energy.suspend(true, NOON);
  ticking(energy, NOON, NOON + 3_000);
  energy.suspend(false, NOON + HOUR);
  expect(energy.used(NOON + HOUR)).toBeCloseTo(4, 1);
  ticking(energy, NOON + HOUR, NOON + HOUR + 10_000);
  expect(energy.used(NOON + HOUR + 10_000)).toBeCloseTo(4 + (40 * 10) / 3600, 1);
});

test('a clock that jumps: the node was suspended, by whomever', () => {
  const energy = open();
  energy.tick(NOON, [], false);
  energy.tick(NOON + HOUR, [], false);
  expect(energy.used(NOON + HOUR)).toBeCloseTo(4, 6);
});

test.each([
  ['a restart', 20_000, 40],
  ['a night', HOUR, 4],
])('the time of %s between two runs of the agent is counted, once', (_, gap, drawn) => {
  const first = open();
  ticking(first, NOON, NOON + 60_000);
  const before = first.used(NOON + 60_000);
  const next = open(NOON + 60_000 + gap);
  next.restore(first.text());
  expect(next.used(NOON + 60_000 + gap) - before).toBeCloseTo((drawn * gap) / HOUR, 6);
  const third = open(NOON + 60_000 + gap);
  third.restore(next.text());
  expect(third.used(NOON + 60_000 + gap)).toBeCloseTo(next.used(NOON + 60_000 + gap), 6);
});

test('what another day has kept is not counted today', () => {
  const energy = open(NOON + 24 * HOUR);
  energy.restore(open().text());
  expect(energy.used(NOON + 24 * HOUR)).toBe(0);
});
