import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sentenceOf } from './sentence.js';

test('marks and joined words are known by the word behind them', () => {
  const { words, breaks, joined } = sentenceOf("It's too dark, switch lamp-2 on. Thanks");
  expect([...breaks].map((at) => words[at])).toEqual(['switch']);
  expect([...joined].map((at) => words[at])).toEqual(['is', '2']);
});

test('whatever is said: places are inside of the words, and no word is both joined and behind a mark', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(fc.constantFrom('a', 'well', 'b-2', 'c,', "it's", '7:30', '.', 'please')).map((all) => all.join(' ')),
      ),
      (text) => {
        const { words, breaks, joined } = sentenceOf(text);
        for (const at of [...breaks, ...joined]) expect(at > 0 && at < words.length).toBe(true);
        expect([...breaks].filter((at) => joined.has(at))).toEqual([]);
      },
    ),
  );
});
