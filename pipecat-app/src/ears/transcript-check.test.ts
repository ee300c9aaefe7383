import { describe, expect, it } from 'vitest';
import {
  confidenceOf,
  isSuspect,
  repeated,
  textOf,
  transcriptOf,
  withoutLoop,
  withoutMarks,
} from './transcript-check.js';

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

  it('has a sentence once that was written twice, and leaves small repetitions alone', () => {
    expect(textOf([{ text: ' What time is it?' }, { text: ' What time is it?' }])).toBe('What time is it?');
    expect(textOf([{ text: ' No, no.' }])).toBe('No, no.');
  });
});

describe('confidence', () => {
  it('is the mean over all tokens of all segments', () => {
    const segments = [
      { text: ' Stop.', logprob: -1, logprob_tokens: 2 },
      { text: ' Now.', logprob: -5, logprob_tokens: 4 },
    ];
    expect(confidenceOf(segments)).toBe(-1);
  });

  it('is unknown when an engine does not say it or heard nothing', () => {
    expect(confidenceOf([{ text: ' Stop.', logprob: -1, logprob_tokens: 2 }, { text: ' Now.' }])).toBeUndefined();
    expect(confidenceOf([])).toBeUndefined();
  });
});

describe('an answer', () => {
  it('has the text, its confidence and what else a grammar left', () => {
    const stop = { text: ' Stop.', logprob: -1, logprob_tokens: 2 };
    const now = { text: ' Stop now.', logprob: -6, logprob_tokens: 3 };
    expect(transcriptOf({ segments: [stop], alternatives: [stop, now] })).toEqual({
      text: 'Stop.',
      confidence: -0.5,
      alternatives: [
        { text: 'Stop.', confidence: -0.5 },
        { text: 'Stop now.', confidence: -2 },
      ],
    });
    expect(transcriptOf({ segments: [{ text: ' Stop.' }] })).toEqual({ text: 'Stop.' });
    expect(transcriptOf({})).toEqual({ text: '' });
  });
});

describe('a decoder in a loop', () => {
  it('writes one phrase and nothing else, the last time perhaps not to its end', () => {
    expect(repeated('Turn it down. Turn it down. Turn')?.phrase).toBe('Turn it down.');
    expect(repeated('Turn it down. Turn it down. Turn it do')).toEqual({ phrase: 'Turn it down.', times: 3 });
    expect(repeated('Turn it down.')).toBeUndefined();
    expect(repeated('No no no no.')?.phrase).toBe('No no');
    expect(repeated('Stop now. Turn it down. Turn it down.')).toBeUndefined();
  });

  it('repeats three words more than three times', () => {
    expect(isSuspect('try again, fail again. '.repeat(4), 30)).toBe(true);
    expect(isSuspect('it was the best of times, it was the worst of times, it was the age of wisdom', 8)).toBe(false);
  });

  it('writes more words than anybody can say in the time', () => {
    const words = Array.from({ length: 13 }, (_, i) => `w${i}`).join(' ');
    expect(isSuspect(words, 2)).toBe(true);
    expect(isSuspect(words, 3)).toBe(false);
  });

  it('is cut after the first round', () => {
    expect(withoutLoop('Stop now. Turn it down. Turn it down. Turn it down. turn it down.')).toBe(
      'Stop now. Turn it down.',
    );
    expect(withoutLoop(`Yes ${'no '.repeat(20)}`)).toBe('Yes no');
  });

  it('is told from a person who repeats', () => {
    const rhetoric =
      'It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness, it was the epoch of belief';
    expect(withoutLoop(rhetoric)).toBe(rhetoric);
    expect(withoutLoop('No no no no no.')).toBe('No no no no no.');
    expect(withoutLoop('Ever tried. Ever failed. Try again. Fail again.')).toBe(
      'Ever tried. Ever failed. Try again. Fail again.',
    );
  });
});
