import { describe, expect, it } from 'vitest';
import { coverEnd, heardLength } from './heard.js';

describe('where a caption ends in the generated text', () => {
  it('is behind its signs and spaces', () => {
    expect(coverEnd('Timer set. Anything else?', 0, 'Timer set.')).toEqual({ end: 11, matches: true });
  });
  it('ignores markdown and emojis that are not spoken', () => {
    const text = '**Sure** 😀, the `clock` says ten.';
    expect(coverEnd(text, 0, 'Sure, the clock says ten.')).toEqual({ end: text.length, matches: true });
  });
  it('goes on where the last caption ended', () => {
    expect(coverEnd('one two. three', 9, 'three')).toEqual({ end: 14, matches: true });
  });
  it('falls back to a word of about that length when speech says it in other words', () => {
    expect(coverEnd('It is 3 pm now, I think', 0, 'It is three')).toEqual({ end: 11, matches: false });
  });
});

describe('how much has been heard', () => {
  const segments = [
    { text: 'one two three four ', from: 0, to: 1600 },
    { text: 'five six', from: 1600, to: 3200 },
  ];
  it.each([
    [0, ''],
    [300, ''],
    [800, 'one two '],
    [1600, 'one two three four '],
    [1700, 'one two three four '],
    [2800, 'one two three four five '],
    [3200, 'one two three four five six'],
    [9999, 'one two three four five six'],
  ])('is whole words at sample %i', (position, heard) => {
    expect('one two three four five six'.slice(0, heardLength(segments, position))).toBe(heard);
  });
});
