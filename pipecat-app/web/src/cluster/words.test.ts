import { expect, it } from 'vitest';
import { countText, STATE, sizeText, slotsText, speedText } from './words.js';

it('gives each state a word and a sign of its own', () => {
  const all = Object.values(STATE);
  expect(new Set(all.map(({ word }) => word)).size).toBe(5);
  expect(new Set(all.map(({ sign }) => sign)).size).toBe(5);
});

it('does not make up what was not told', () => {
  expect(slotsText({ slots: null })).toBe('not told');
  expect(slotsText({ slots: { total: 2, busy: 1 } })).toBe('1 of 2 busy');
  expect(speedText({ tokens_per_second: null })).toBe('not measured yet');
  expect(speedText({ tokens_per_second: 4.25 })).toBe('4.3 tok/s');
  expect(speedText({ tokens_per_second: 38.6 })).toBe('39 tok/s');
  expect(sizeText({ cores: 0, memory_mb: 0 })).toBe('unknown');
  expect(sizeText({ cores: 2, memory_mb: 3936 })).toBe('2 cores · 3.8 GiB');
});

it('counts what is in which state', () => {
  expect(countText(['lost', 'awake', 'awake'])).toBe('2 awake, 1 lost');
  expect(countText([])).toBe('');
});
