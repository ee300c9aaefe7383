import { expect, test } from 'vitest';
import { clockTool } from './clock.js';
import { controlsOf } from './controls.fixture.js';
import { helpTool } from './help.js';
import { ToolRegistry } from './registry.js';
import { sayDuration } from './say-duration.js';
import { statusTool } from './status.js';
import type { Tool } from './tool.js';

const NOW = Date.UTC(2026, 4, 4, 11, 24);
const ask = async (tool: Tool, method: string): Promise<string> =>
  (
    await new ToolRegistry([tool], { now: () => NOW }).call(
      `${tool.name}.${method}`,
      {},
      controlsOf('a'),
      new AbortController().signal,
    )
  ).output;

test('the clock tells time, date and day of the week', async () => {
  const clock = clockTool({ timeZone: 'UTC' });
  expect(await ask(clock, 'time')).toBe('It is 11:24.');
  expect(await ask(clock, 'date')).toBe('Today is Monday, May 4, 2026.');
});

test('help says what there is', async () => {
  expect(await ask(helpTool(), 'capabilities')).toMatch(/timers.*volume.*questions/);
  expect(await ask(helpTool(), 'identity')).toContain('Twin');
});

test('the status names what does not work, and otherwise for how long all has', async () => {
  const startedAt = NOW - 7_300_000;
  const status = (ok: boolean) =>
    statusTool({ startedAt, report: () => [{ name: 'The language model', ok, detail: 'it is being loaded' }] });
  expect(await ask(status(true), 'report')).toBe('I am fine. Everything works, and I have been running for 2 hours.');
  expect(await ask(status(false), 'report')).toBe('Not everything works. The language model: it is being loaded.');
});

test.each([
  [0, '0 seconds'],
  [1, '1 second'],
  [90, '1 minute and 30 seconds'],
  [3661, '1 hour, 1 minute and 1 second'],
  [86_400, '1 day'],
  [59.6, '1 minute'],
])('%d seconds: %s', (seconds, words) => {
  expect(sayDuration(seconds)).toBe(words);
});

test('fewer parts are rounded', () => {
  expect(sayDuration(3661, 2)).toBe('1 hour and 1 minute');
  expect(sayDuration(3661, 1)).toBe('1 hour');
});
