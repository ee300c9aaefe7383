import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { heardText, wholeWords } from './heard.js';

const spoken = [
  { text: 'Once there was a king. ', from: 0, to: 32_000 },
  { text: 'He went away.', from: 32_000, to: 48_000 },
];

describe('what was heard', () => {
  it('is exact at the edges of clauses', () => {
    expect(heardText(spoken, 0)).toBe('');
    expect(heardText(spoken, 32_000)).toBe('Once there was a king. ');
    expect(heardText(spoken, 48_000)).toBe('Once there was a king. He went away.');
  });
  it('ends with a whole word inside a clause', () => {
    expect(heardText(spoken, 41_500)).toBe('Once there was a king. He went');
    expect(heardText(spoken, 15_000)).toBe('Once there');
  });
  it('guesses the length of a clause that is still being made', () => {
    expect(heardText([{ text: 'Once there was a king.', from: 0, to: null }], 8000)).toBe('Once');
  });
  it('is a prefix that only grows', () => {
    fc.assert(
      fc.property(fc.nat(50_000), fc.nat(50_000), (a, b) => {
        const [less, more] = [heardText(spoken, Math.min(a, b)), heardText(spoken, Math.max(a, b))];
        expect(more.startsWith(less)).toBe(true);
      }),
    );
  });
  it('has no half words', () => expect(wholeWords('stop it now', 0.6)).toBe('stop'));
});
