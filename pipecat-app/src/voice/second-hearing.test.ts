import { describe, expect, it } from 'vitest';
import { better, interruption, isWorthHearingAgain, mayBeStop } from './second-hearing.js';

const heard = (text: string, confidence?: number) => ({
  text,
  ms: 1,
  ...(confidence === undefined ? {} : { confidence }),
});
const TWO_SECONDS = 32_000;
const always = () => true;
const free = heard('turn the mouse you might', -0.8);

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

  it('is for words written again and again, of which an ear is always sure', () => {
    const loop = { text: 'slow pound', ms: 1, looped: true };
    expect(isWorthHearingAgain(loop, TWO_SECONDS)).toBe(true);
    expect(better(loop, heard('Slow down.', -1.2), always)).toBe('Slow down.');
  });

  it('wins when the command fits the sound nearly as well', () => {
    expect(better(free, heard('Turn the volume up.', -1.2), always)).toBe('Turn the volume up.');
  });

  it('wins at a lower likelihood when it is written like the free words', () => {
    expect(better(heard('Turn down the mile.', -0.4), heard('Turn down the volume.', -1.2), always)).toBe(
      'Turn down the volume.',
    );
    expect(better(heard('It is all a king.', -0.4), heard('Turn down the volume.', -1.2), always)).toBe(
      'It is all a king.',
    );
  });

  it('takes the sentence that fits sound and words together, not the likeliest one', () => {
    const alternatives = [
      { text: 'What time is it?', confidence: -0.76 },
      { text: 'What timers are running?', confidence: -0.85 },
    ];
    const second = { ...heard('What time is it?', -0.76), alternatives };
    expect(better(heard('What timer is running?', -0.64), second, always)).toBe('What timers are running?');
  });

  it.each([
    ['much less likely than the free words', heard('Speak.', -1.45)],
    ['empty', heard('', -0.1)],
    ['of unknown confidence', heard('Turn the volume up.')],
  ])('loses when its command is %s', (_, command) => {
    expect(better(free, command, always)).toBe(free.text);
  });

  it('loses when it is no command', () => {
    expect(better(free, heard('Turn the volume up.', -0.5), () => false)).toBe(free.text);
  });

  it('loses when its command is a guess, however unsure the free words are', () => {
    const unsure = heard('mm turnip', -4);
    expect(better(unsure, heard('Turn it up.', -3.9), always)).toBe('mm turnip');
  });
});

describe('a second hearing over a reply', () => {
  const isStop = (text: string) => text.startsWith('Stop');
  const left = (...alternatives: { text: string; confidence: number }[]) => ({ ...heard('', -1), alternatives });

  it('finds "stop" among what the beams left, though other sentences are likelier', () => {
    const second = left({ text: "What's the time?", confidence: -1.2 }, { text: 'Stop.', confidence: -1.8 });
    expect(interruption(second, isStop)).toBe('Stop.');
  });

  it('finds none where it is too unlikely, or no command to stop', () => {
    expect(interruption(left({ text: 'Stop.', confidence: -2.1 }), isStop)).toBeUndefined();
    expect(interruption(left({ text: 'Volume down.', confidence: -0.2 }), isStop)).toBeUndefined();
    expect(interruption(heard('Stop.'), isStop)).toBeUndefined();
  });

  it('is for short sounds', () => {
    expect(mayBeStop(TWO_SECONDS)).toBe(true);
    expect(mayBeStop(3 * 16_000)).toBe(false);
  });
});
