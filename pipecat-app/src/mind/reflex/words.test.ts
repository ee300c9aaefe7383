import fc from 'fast-check';
import { expect, test } from 'vitest';
import { words } from './words.js';

test.each([
  ["What's the time?", ['what', 'is', 'the', 'time']],
  ['Wake me at 7 p.m.', ['wake', 'me', 'at', '7', 'pm']],
  ['Volume to 50%!', ['volume', 'to', '50', 'percent']],
  ['a 5-minute timer', ['a', '5', 'minute', 'timer']],
  ['5min 30s', ['5', 'minutes', '30', 'seconds']],
  ['at 1:30, or 2.5 hours.', ['at', '1:30', 'or', '2.5', 'hours']],
  ["what is today's date", ['what', 'is', 'today', 'date']],
  ["twenty-five o'clock", ['twenty', 'five', 'oclock']],
  ['1,000 seconds', ['1000', 'seconds']],
  ['', []],
  ['… ?! ♪', []],
])('%j is heard as %j', (text, heard) => {
  expect(words(text)).toEqual(heard);
});

test('any text gives lower-case words without spaces', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) => words(text).every((word) => /^[a-z0-9'.:]+$/.test(word))),
  );
});
