import { expect, it } from 'vitest';
import { diffWords, lineDiff } from './line-diff.js';

const shown = (before: string, after: string) => lineDiff(before, after).map(({ sign, text }) => sign + text);

it('shows added, removed and equal lines', () => {
  expect(shown('a\nb\nc\n', 'a\nx\nc\n')).toEqual([' a', '-b', '+x', ' c']);
  expect(shown('', 'a\n\nb')).toEqual(['+a', '+ ', '+b']);
  expect(shown('a\n', 'a\n')).toEqual([]);
});

it('tells long equal parts by their length', () => {
  const many = Array.from({ length: 20 }, (_, i) => `line ${i}`).join('\n');
  expect(shown(`a\n${many}\nb\n${many}`, `x\n${many}\ny\n${many}`)).toEqual([
    '-a',
    '+x',
    ...[0, 1, 2].map((i) => ` line ${i}`),
    ' … 14 equal lines',
    ...[17, 18, 19].map((i) => ` line ${i}`),
    '-b',
    '+y',
    ...[0, 1, 2].map((i) => ` line ${i}`),
    ' … 17 equal lines',
  ]);
});

it('is told in words', () => {
  expect(diffWords(lineDiff('a\nb\n', 'a\nc\nd\n'))).toBe('2 lines added, 1 removed.');
  expect(diffWords(lineDiff('a\n', 'b\n'))).toBe('1 line added, 1 removed.');
  expect(diffWords([])).toBe('No difference.');
});
