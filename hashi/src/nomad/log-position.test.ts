import fc from 'fast-check';
import { expect, test } from 'vitest';
import { advance, offsetOf, positionAt } from './log-position.js';

const files = [
  { index: 3, size: 10 },
  { index: 4, size: 20 },
  { index: 7, size: 5 },
];

test.each([
  [0, { file: 3, at: 0 }],
  [9, { file: 3, at: 9 }],
  [10, { file: 4, at: 0 }],
  [34, { file: 7, at: 4 }],
  [1000, { file: 7, at: 5 }],
  [-1, { file: 7, at: 4 }],
  [-5, { file: 7, at: 0 }],
  [-6, { file: 4, at: 19 }],
  [-1000, { file: 3, at: 0 }],
])('byte %i is at %o', (offset, position) => {
  expect(positionAt(files, offset)).toEqual(position);
});

test('a place and its offset are the same thing while the files stay', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 8 });
  fc.assert(
    fc.property(sizes, fc.nat(400), (all, offset) => {
      const some = all.map((size, index) => ({ index, size }));
      const total = all.reduce((sum, size) => sum + size, 0);
      expect(offsetOf(some, positionAt(some, offset))).toBe(Math.min(offset, total));
    }),
  );
});

test('deleted files move the offset, not the place', () => {
  const place = positionAt(files, 25);
  expect(place).toEqual({ file: 4, at: 15 });
  expect(offsetOf(files.slice(1), place)).toBe(15);
  expect(offsetOf(files.slice(2), place)).toBe(0);
});

test('a place moves on in its file, to the next one, and back to the start of one that was cut', () => {
  const start = { file: 3, at: 4 };
  expect(advance(start, 'alloc/logs/a.stdout.3', 6, false)).toEqual({ file: 3, at: 10 });
  expect(advance(start, 'alloc/logs/a.stdout.4', 6, false)).toEqual({ file: 4, at: 6 });
  expect(advance(start, 'alloc/logs/a.stdout.3', 6, true)).toEqual({ file: 3, at: 6 });
});
