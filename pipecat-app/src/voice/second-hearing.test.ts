import { describe, expect, it } from 'vitest';
import { better, isWorthHearingAgain } from './second-hearing.js';

const heard = (text: string, confidence?: number) => ({
  text,
  ms: 1,
  ...(confidence === undefined ? {} : { confidence }),
});
const TWO_SECONDS = 32_000;

describe('a second hearing', () => {
  it('is for short, unsure words', () => {
    expect(isWorthHearingAgain(heard('turn the mouse you might', -0.9), TWO_SECONDS)).toBe(true);
  });

  it.each([
    ['words that the ear is sure of', heard('tell me about Rome', -0.05), TWO_SECONDS],
    ['silence', heard('', -1), TWO_SECONDS],
    ['ears that do not say how sure they are', heard('turn the mouse you might'), TWO_SECONDS],
    ['long speech', heard('turn the mouse you might', -0.9), 16_000 * 7],
    ['many words', heard('one two three four five six seven eight nine ten eleven twelve thirteen', -0.9), TWO_SECONDS],
  ])('is not for %s', (_, free, samples) => {
    expect(isWorthHearingAgain(free, samples)).toBe(false);
  });

  const free = heard('turn the mouse you might', -0.8);

  it('wins when the command fits the sound nearly as well', () => {
    const command = heard('Turn the volume up.', -0.9);
    expect(better(free, command)).toBe(command);
  });

  it.each([
    ['much less likely than the free words', heard('Turn the volume up.', -1.7)],
    ['empty', heard('', -0.1)],
    ['of unknown confidence', heard('Turn the volume up.')],
  ])('loses when its command is %s', (_, command) => {
    expect(better(free, command)).toBe(free);
  });

  it('loses when its command is a guess, however unsure the free words are', () => {
    const unsure = heard('mm turnip', -4);
    expect(better(unsure, heard('Turn it up.', -3.9))).toBe(unsure);
  });
});
