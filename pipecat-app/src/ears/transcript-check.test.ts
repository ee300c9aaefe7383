import { describe, expect, it } from 'vitest';
import { beforeLoop, isLooping, textOf, withoutMarks } from './transcript-check.js';

describe('a transcript', () => {
  it('loses marks for things that are not words', () => {
    expect(withoutMarks(' [BLANK_AUDIO] ')).toBe('');
    expect(withoutMarks(' (door slams)  Turn it down. ♪ *sighs*\n')).toBe('Turn it down.');
  });

  it('is empty when a phantom phrase comes with doubt', () => {
    expect(textOf([{ text: ' Thank you.', no_speech_prob: 0.95 }])).toBe('');
    expect(textOf([{ text: ' you', no_speech_prob: 0.989 }])).toBe('');
  });

  it('keeps the same phrase when it was spoken, and other words in spite of doubt', () => {
    expect(textOf([{ text: ' Thank you.', no_speech_prob: 0.2 }])).toBe('Thank you.');
    expect(textOf([{ text: ' Stop.', no_speech_prob: 0.95 }])).toBe('Stop.');
    expect(textOf([{ text: ' Stop.' }, { text: ' Now.' }])).toBe('Stop. Now.');
  });
});

describe('a decoder in a loop', () => {
  it('repeats three words more than three times', () => {
    expect(isLooping('try again, fail again. '.repeat(4), 30)).toBe(true);
    expect(isLooping('it was the best of times, it was the worst of times, it was the age of wisdom', 8)).toBe(false);
  });

  it('writes more words than anybody can say in the time', () => {
    const words = Array.from({ length: 13 }, (_, i) => `w${i}`).join(' ');
    expect(isLooping(words, 2)).toBe(true);
    expect(isLooping(words, 3)).toBe(false);
  });

  it('is cut where it begins to repeat', () => {
    expect(beforeLoop('Turn it down. Turn it down. Turn it down.')).toBe('Turn it down.');
    expect(beforeLoop('Turn the volume down.')).toBe('Turn the volume down.');
  });
});
