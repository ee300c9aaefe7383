import { describe, expect, test } from 'vitest';
import { controlsOf } from './controls.fixture.js';
import { ToolRegistry } from './registry.js';
import { chooseVoice, speechTool } from './speech.js';

function speaking(controls = controlsOf('a', { lastAnswer: 'It is noon.' })) {
  const registry = new ToolRegistry([speechTool()]);
  const say = async (method: string, args: Record<string, unknown> = {}): Promise<string> =>
    (await registry.call(`speech.${method}`, args, controls, new AbortController().signal)).output;
  return { controls, say };
}

describe('volume', () => {
  test('goes up, down, to a percentage, and stays between 0 and 100', async () => {
    const { say } = speaking();
    expect(await say('volume', { change: 'up' })).toBe('Volume 80 percent.');
    expect(await say('volume', { change: 'up', by: 50 })).toBe('Volume 100 percent.');
    expect(await say('volume', { change: 'down' })).toBe('Volume 80 percent.');
    expect(await say('volume', { percent: 15 })).toBe('Volume 15 percent.');
    expect(await say('volume', { change: 'down' })).toBe('Volume 10 percent.');
    expect(await say('volume', { change: 'none' })).toBe('The volume is 10 percent.');
  });

  test('comes back to what it was before it was muted', async () => {
    const { controls, say } = speaking();
    await say('volume', { percent: 35 });
    expect(await say('volume', { percent: 0 })).toBe('Muted.');
    expect(await say('volume', { change: 'none' })).toBe('I am muted.');
    await say('volume', { change: 'unmute' });
    expect(controls.volume()).toBe(35);
  });
});

describe('voice', () => {
  test('speaks faster and slower within what an engine can do', async () => {
    const { controls, say } = speaking();
    expect(await say('voice', { change: 'faster' })).toBe('I speak faster now.');
    expect(controls.voice().rate).toBe(204);
    for (let i = 0; i < 12; i++) await say('voice', { change: 'slower' });
    expect(controls.voice().rate).toBe(80);
    expect(await say('voice', { change: 'slower' })).toBe('I cannot speak slower.');
  });

  test.each([
    ['next', 'en-us', 'en-us+f3'],
    ['next', 'en-gb+m3', 'en-us'],
    ['default', 'en-gb', 'en-us'],
    ['female', 'en-us', 'en-us+f3'],
    ['male', 'en-gb', 'en-gb+m3'],
    ['en-gb', 'en-us', 'en-gb'],
    ['en-gb+m3', 'en-us', 'en-gb+m3'],
    ['martian', 'en-us', undefined],
  ])('%s from %s is %s', (wanted, current, chosen) => {
    expect(chooseVoice(wanted, current, controlsOf('a').voices())).toBe(chosen);
  });

  test('a voice that is not there is said in words', async () => {
    expect(await speaking().say('voice', { voice: 'martian' })).toBe('I have no martian voice.');
  });
});

test('repeats what was heard last; stopping says nothing', async () => {
  expect(await speaking().say('repeat')).toBe('It is noon.');
  expect(await speaking(controlsOf('a')).say('repeat')).toBe('I have not said anything yet.');
  expect(await speaking().say('stop')).toBe('');
});
