import fc from 'fast-check';
import { expect, test } from 'vitest';
import { spellingDistance } from '../../voice/spelling-distance.js';
import { confusion, joins, soundKey } from './sounds.js';

const word = fc.stringMatching(/^[a-z]{1,9}$/);

test('the quick refusal never refuses what the full comparison would accept', () => {
  fc.assert(
    fc.property(word, word, (a, b) => {
      const far = spellingDistance(a, b) > 0.5 && soundKey(a) !== soundKey(b);
      const short = Math.min(a.length, b.length) <= 3;
      if (!far && !short) expect(confusion(a, b)).toBeLessThan(1);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  ['volume', 'volumes'],
  ['cancel', 'council'],
  ['timer', 'timor'],
  ['quieter', 'quiter'],
  ['write', 'right'],
])('%s may be heard as %s', (meant, heard) => {
  expect(confusion(meant, heard)).toBeLessThan(0.7);
});

test.each([
  ['timer', 'table'],
  ['stop', 'set'],
  ['time', '7'],
  ['mute', 'volume'],
  ['up', 'down'],
])('%s is never heard as %s', (meant, heard) => {
  expect(confusion(meant, heard)).toBe(Number.POSITIVE_INFINITY);
});

test('a listed mishearing is cheap', () => {
  expect(confusion('mute', 'newt', ['newt'])).toBe(0.25);
});

test('two words can be one that was heard in two', () => {
  expect(joins('timer', 'time', 'er')).toBe(true);
  expect(joins('timer', 'the', 'er')).toBe(false);
});
