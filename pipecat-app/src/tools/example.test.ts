import fc from 'fast-check';
import { expect, test } from 'vitest';
import { exampleParts, plainExample } from './example.js';

test('marks part an example into words, arguments and values that no word says', () => {
  expect(exampleParts('turn {to:out=off} the {name:hall light}{zone=up}')).toEqual([
    { words: 'turn' },
    { words: 'out', arg: 'to', value: 'off' },
    { words: 'the' },
    { words: 'hall light', arg: 'name' },
    { words: '', arg: 'zone', value: 'up' },
  ]);
  expect(plainExample('turn {to:out=off} the {name:hall light}{zone=up}')).toBe('turn out the hall light');
});

test('an example without marks is said as it stands', () => {
  const word = fc.stringMatching(/^[a-z]{1,8}$/);
  fc.assert(
    fc.property(fc.array(word, { minLength: 1 }), (said) => {
      expect(plainExample(said.join(' '))).toBe(said.join(' '));
    }),
  );
});
