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
    expect(heardText(spoken, 46_000)).toBe('Once there was a king. He went');
    expect(heardText(spoken, 21_000)).toBe('Once there');
  });
  it('leaves out a word that ended only just now', () => {
    expect(wholeWords('He went away.', 0.62)).toBe('He went');
    expect(heardText([{ text: 'He went away.', from: 0, to: 16_000 }], 0.62 * 16_000)).toBe('He');
  });
  it('allows for the pause behind a comma and for digits that are words', () => {
    expect(wholeWords('Yes, of course', 0.5)).toBe('Yes,');
    expect(wholeWords('It is 1945 again', 0.5)).toBe('It is');
  });
  it('guesses the length of a clause that is still being made', () => {
    expect(heardText([{ text: 'Once there was a king.', from: 0, to: null }], 11_000)).toBe('Once');
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
