import { expect, it } from 'vitest';
import { energy, lasting, perAnswer, spansText, thresholdText } from './words.js';

it.each([
  [3, '3 s'],
  [119, '119 s'],
  [120, '2 min'],
  [1800, '30 min'],
  [7200, '2 h'],
  [7500, '2 h 5 min'],
])('%d seconds are %s', (seconds, words) => {
  expect(lasting(seconds)).toBe(words);
});

it('tells watt-hours as exactly as they matter, and what one answer takes', () => {
  expect([0.004, 9.5, 42.44, 512.3].map(energy)).toEqual(['0.00 Wh', '9.50 Wh', '42.4 Wh', '512 Wh']);
  expect(perAnswer({ wh: 6, answers: 4 })).toBe('1.50 Wh, of 4 today');
  expect([perAnswer({ wh: 6, answers: 0 }), perAnswer({ wh: 6, answers: null })]).toEqual(['', '']);
});

it('says after how long something sleeps, and who says so', () => {
  const text = (idle_seconds: number | null, own_threshold = true, may_sleep = true) =>
    thresholdText({ idle_seconds, own_threshold, may_sleep } as never);
  expect(text(1800)).toBe('30 min without work');
  expect(text(1800, false)).toBe('30 min without work, like all');
  expect(text(0)).toBe('never');
  expect(text(60, true, false)).toMatch(/^never: /);
  expect(text(null)).toMatch(/^not known/);
});

it('sums a timeline up in words, and only what is within it', () => {
  const spans = [
    { state: 'awake', from: 0, to: 600_000, why: '' },
    { state: 'asleep', from: 600_000, to: 900_000, why: '' },
    { state: 'awake', from: 900_000, to: 960_000, why: '' },
  ] as const;
  expect(spansText(spans, 0)).toBe('awake 11 min, asleep 5 min');
  expect(spansText(spans, 800_000)).toBe('awake 60 s, asleep 100 s');
  expect(spansText(spans, 2_000_000)).toBe('nothing is known');
});
