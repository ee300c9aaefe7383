import { expect, test } from 'vitest';
import { LineLimit } from './line-limit.js';

const lines = (limit: LineLimit, ...chunks: string[]): string[] =>
  chunks.flatMap((chunk) => [...limit.take(Buffer.from(chunk))]);

test('lines are put together from pieces, empty ones left out', () => {
  expect(lines(new LineLimit(), '{"a', '":1}\r\n\n{"b"', ':2}\n{"c')).toEqual(['{"a":1}', '{"b":2}']);
  const half = Buffer.from('{"ä":1}\n');
  const limit = new LineLimit();
  expect([...limit.take(half.subarray(0, 3)), ...limit.take(half.subarray(3))]).toEqual(['{"ä":1}']);
});

test('a thousand lines a second are taken, and no more', () => {
  let now = 0;
  const limit = new LineLimit(() => now);
  for (; now < 5000; now += 1000) expect(lines(limit, 'x\n'.repeat(1000))).toHaveLength(1000);
  expect(lines(limit, 'x\n'.repeat(1000))).toHaveLength(1000);
  expect(() => lines(limit, 'x\n')).toThrow('more than messages');
  expect(limit.broken).toBe(true);
  expect(lines(limit, 'x\n')).toEqual([]);
});

test('a line that does not end is given up', () => {
  const limit = new LineLimit();
  const piece = 'x'.repeat(1024 * 1024);
  expect(() => lines(limit, ...Array.from({ length: 11 }, () => piece))).toThrow('too long');
});
