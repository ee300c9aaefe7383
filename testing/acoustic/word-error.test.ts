import { describe, expect, it } from 'vitest';
import { errorRate, wordError, words } from './word-error.js';

describe('word error', () => {
  it('reads numbers, signs and marks as they are spoken', () => {
    expect(words('Set a 15-minute timer!').join(' ')).toBe('set a fifteen minute timer');
    expect(words('50% of 1,200').join(' ')).toBe('fifty percent of one thousand two hundred');
    expect(words("It's 7:30.").join(' ')).toBe('its seven thirty');
    expect(words('2.5 & 8:00').join(' ')).toBe('two point five and eight');
  });

  it('counts words that were changed, added and lost', () => {
    expect(wordError('turn it down', 'Turn it down.')).toEqual({ errors: 0, total: 3 });
    expect(wordError('turn it down', 'turn down')).toEqual({ errors: 1, total: 3 });
    expect(wordError('turn it down', 'turn it right down now')).toEqual({ errors: 2, total: 3 });
    expect(wordError('stop', '')).toEqual({ errors: 1, total: 1 });
  });

  it('weighs utterances by their words', () => {
    expect(
      errorRate([
        { errors: 1, total: 1 },
        { errors: 0, total: 9 },
      ]),
    ).toBe(0.1);
  });
});
