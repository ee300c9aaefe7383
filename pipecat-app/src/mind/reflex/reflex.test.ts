import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Reflex } from './reflex.js';

const reflex = new Reflex(fileURLToPath(new URL('../../../../prompts/commands.yaml', import.meta.url)));

test.each([
  ['Set a timer for five minutes.', 'timer.set', { seconds: 300 }],
  ['What time is it?', 'clock.time', {}],
  ["Hey Twin, what's the time, please?", 'clock.time', {}],
  ['Set a pasta timer for 12 minutes', 'timer.set', { seconds: 720, name: 'pasta' }],
  ['set the volume to fifty percent', 'speech.volume', { percent: 50 }],
  ['wake me at quarter past seven', 'timer.set', { at: { hour: 7, minute: 15 } }],
])('%s → %s', (text, call, args) => {
  expect(reflex.understand(text)).toMatchObject({ call, args });
});
