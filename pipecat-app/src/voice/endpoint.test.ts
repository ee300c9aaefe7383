import { describe, expect, it } from 'vitest';
import { type EndpointRules, isBackchannel, learnPause, waitSamples } from './endpoint.js';
import { msToSamples } from './pcm.js';

const rules: EndpointRules = {
  redemptionSamples: msToSamples(700),
  minSpeechSamples: 0,
  coughSamples: 0,
  habitSamples: 0,
};
const wait = (text: string, complete = false, habitMs = 0): number =>
  waitSamples(text, complete, { ...rules, habitSamples: msToSamples(habitMs) }) / 16;

describe('the end of a turn', () => {
  it('comes 200 ms after a complete command', () => expect(wait('What time is it?', true)).toBe(200));
  it('comes sooner after a question than after a statement', () => {
    expect(wait('Where is Paris?')).toBeLessThan(wait('Paris is far.'));
  });
  it('waits 1.5 s where the sentence goes on', () => {
    for (const text of [
      'I want to go to the',
      'Set a timer and',
      'Well, um',
      'First,',
      'so…',
      'Turn on the light in my',
    ]) {
      expect(wait(text), text).toBe(1500);
    }
  });
  it('follows the pauses that this user makes', () => {
    expect(wait('Paris is far.', false, 900)).toBeGreaterThan(1100);
    expect(wait('Paris is far.', false, 100)).toBe(700);
  });
  it('forgets pauses that were no pauses', () => {
    expect(learnPause(8000, msToSamples(10_000))).toBe(8000);
    expect(learnPause(0, 5000)).toBe(5000);
    expect(learnPause(10_000, 20_000)).toBe(11_000);
  });
});

describe('a backchannel', () => {
  it('is a sound of listening', () => {
    for (const text of ['Mm-hmm.', 'mhm', 'Yeah.', 'Okay, right.', 'uh huh', 'I see.'])
      expect(isBackchannel(text), text).toBe(true);
  });
  it('is no word that means something', () => {
    for (const text of ['', 'Stop.', 'No.', 'Wait', 'yeah but no', 'Okay, next one please.'])
      expect(isBackchannel(text), text).toBe(false);
  });
});
