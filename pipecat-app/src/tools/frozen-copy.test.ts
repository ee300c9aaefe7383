import { expect, test } from 'vitest';
import { frozenCopy } from './frozen-copy.js';

test('a copy shares nothing with what it was made of, and cannot be changed', () => {
  const given = { list: [{ deep: 'x' }], none: undefined };
  const copy = frozenCopy(given);
  given.list[0] = { deep: 'other' };
  expect(copy).toEqual({ list: [{ deep: 'x' }] });
  expect(() => {
    (copy?.list[0] as { deep: string }).deep = 'other';
  }).toThrow(TypeError);
  expect(() => copy?.list.push({ deep: 'more' })).toThrow(TypeError);
});

const circle: Record<string, unknown> = {};
circle.itself = circle;
test.each([
  ['a date', { at: new Date(0) }],
  ['bytes', { bytes: new Uint8Array(1) }],
  ['a map', { map: new Map() }],
  ['a function', { run: () => 1 }],
  ['no number', { n: Number.NaN }],
  ['a circle', circle],
])('%s is no plain data', (_, value) => {
  expect(frozenCopy(value)).toBeUndefined();
});
