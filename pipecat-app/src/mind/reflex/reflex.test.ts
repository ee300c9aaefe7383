import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Reflex } from './reflex.js';

const reflex = new Reflex(fileURLToPath(new URL('../../../../prompts/commands.yaml', import.meta.url)));

test.each([
  ['Set a timer for five minutes.', 'timer.set', { seconds: 300 }],
  ["Hey Twin, what's the time, please?", 'clock.time', {}],
  ['Set a pasta timer for 12 minutes', 'timer.set', { seconds: 720, name: 'pasta' }],
  ['wake me at quarter past seven', 'timer.set', { at: { hour: 7, minute: 15 } }],
  ['cancel the five minute timer', 'timer.cancel', { seconds: 300 }],
  ['stop the timer', 'timer.cancel', {}],
  ['stop', 'speech.stop', {}],
  ['set a timer four five minutes', 'timer.set', { seconds: 300 }],
  ['Turn the volumes up', 'speech.volume', { change: 'up' }],
  ['uh set the um timer for ten minutes please', 'timer.set', { seconds: 600 }],
])('%s → %s', (text, call, args) => {
  const found = reflex.understand(text);
  expect(found).toMatchObject({ call });
  expect(found?.args).toEqual(args);
});

test.each([[''], ['   '], ['please'], ['?!'], ['word '.repeat(300)]])('%j is no command', (text) => {
  expect(reflex.understand(text)).toBeUndefined();
});

describe('a command is complete when more words could not change it', () => {
  test.each([
    ['What time is it?'],
    ['Set a timer for five minutes.'],
    ['Set a timer for 20 minutes'],
    ['set a timer for an hour and a half'],
    ['Volume to 50 percent.'],
    ['stop'],
    ['Cancel all timers.'],
    ['turn it down'],
    ['Say that again.'],
    ['wake me at 7:30 pm'],
  ])('complete: %s', (text) => {
    expect(reflex.isComplete(text)).toBe(true);
  });

  test.each([
    ['set a timer for five', 'minutes'],
    ['timer for twenty', 'five minutes'],
    ['set a timer for an hour', 'and a half'],
    ['set the volume to twenty', 'five percent'],
    ['wake me at seven', 'thirty'],
    ['cancel', 'the timer'],
    ['set a timer', 'for five minutes'],
    ['set a timer for five minutes called', 'pasta'],
    ['set a timer for five minutes called pasta', 'sauce'],
    ['what is', 'the time'],
    ['tell me what', 'time it is'],
    ['how much time is left on the', 'pasta timer'],
    ['what time did', 'the war end'],
    ['sit a tamer for five minute', ''],
    ['', ''],
  ])('not yet: %s (… %s)', (text) => {
    expect(reflex.isComplete(text)).toBe(false);
  });
});

describe('the file', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'twin-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const sentences = (...say: string[]): string => `commands: [{ reply: ok, say: ${JSON.stringify(say)} }]`;

  test('is read again when it changes; a broken one is reported once and the last good one stays', () => {
    const file = join(folder, 'commands.yaml');
    const warnings: string[] = [];
    const watched = new Reflex(file, { warn: (_, message) => warnings.push(message) });
    writeFileSync(file, sentences('open sesame'));
    expect(watched.understand('open sesame')).toMatchObject({ reply: 'ok' });
    writeFileSync(file, sentences('close the sesame'));
    expect(watched.understand('open sesame')).toBeUndefined();
    expect(watched.understand('close the sesame')).toMatchObject({ reply: 'ok' });
    writeFileSync(file, sentences('close (the'));
    expect(watched.understand('close the sesame')).toMatchObject({ reply: 'ok' });
    expect(watched.understand('close the sesame')).toMatchObject({ reply: 'ok' });
    expect(warnings).toHaveLength(1);
    expect(warnings[0]).toContain('"close (the": a "(" is never closed');
  });

  test('a file that never was good is an error with the line', () => {
    const watched = new Reflex(join(folder, 'none.yaml'));
    expect(() => watched.understand('hello')).toThrow(/cannot be used/);
  });
});
