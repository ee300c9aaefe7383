import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { Audience } from './announcer.js';
import { controlsOf } from './controls.fixture.js';
import { ManualClock } from './manual-clock.fixture.js';
import { ToolRegistry } from './registry.js';
import { nextAt, timerTool } from './timer.js';
import { TimerStore } from './timer-store.js';
import { Timers } from './timers.js';

const NOON = new Date(2026, 4, 4, 12, 0, 0).getTime();
let folder = '';
let clock: ManualClock;
let say: (method: string, args?: Record<string, unknown>) => Promise<string>;

beforeEach(() => {
  folder = temporaryFolder();
  clock = new ManualClock(NOON);
  const timers = new Timers({ store: new TimerStore(join(folder, 'timers.json')), clock, announcer: new Audience() });
  timers.start();
  const registry = new ToolRegistry([timerTool(timers)]);
  say = async (method, args = {}) =>
    (await registry.call(`timer.${method}`, args, controlsOf('a'), new AbortController().signal)).output;
});

test.each([
  [{ seconds: 300 }, 'Timer set for 5 minutes.'],
  [{ seconds: 5400, name: 'roast' }, 'Roast timer set for 1 hour and 30 minutes.'],
  [{ minutes: 1 }, 'Timer set for 1 minute.'],
  [{ at: { hour: 7, minute: 15 } }, 'Alarm set for 19:15.'],
  [{ at: { hour: 7, minute: 15, meridiem: 'am' } }, 'Alarm set for 07:15.'],
  [{}, 'I cannot do that: arguments: say one duration or one time.'],
  [{ seconds: 5, minutes: 5 }, 'I cannot do that: arguments: say one duration or one time.'],
])('set %j: %s', async (args, words) => {
  expect(await say('set', args)).toBe(words);
});

describe('with a pasta and a nameless timer', () => {
  beforeEach(async () => {
    await say('set', { seconds: 600, name: 'pasta' });
    await say('set', { seconds: 300 });
    clock.advance(65_000);
  });

  test('list tells what is left, the next one first', async () => {
    expect(await say('list')).toBe(
      'There are 2 timers: 3 minutes and 55 seconds left on the 5 minute timer and 8 minutes and 55 seconds left on the pasta timer.',
    );
    expect(await say('list', { name: 'pasta' })).toBe('8 minutes and 55 seconds left on the pasta timer.');
    expect(await say('list', { name: 'egg' })).toBe('There is no egg timer.');
  });

  test('cancel asks which one, and takes a name, a duration, a name that sounds alike, or all', async () => {
    expect(await say('cancel')).toBe('Which one? There are the 5 minute timer and the pasta timer.');
    expect(await say('cancel', { name: 'egg' })).toBe('There is no such timer. Running: 5 minute timer, pasta timer.');
    expect(await say('cancel', { seconds: 300 })).toBe('5 minute timer cancelled.');
    expect(await say('cancel', { name: 'pastor' })).toBe('Pasta timer cancelled.');
    expect(await say('cancel')).toBe('There are no timers.');
    await say('set', { seconds: 1 });
    await say('set', { seconds: 2 });
    expect(await say('cancel', { all: true })).toBe('2 timers cancelled.');
    expect(clock.armed).toBe(0);
  });
});

test('the next time of day is in the future, within a day, and shows that time', () => {
  const arbitrary = fc.record({
    hour: fc.integer({ min: 0, max: 23 }),
    minute: fc.integer({ min: 0, max: 59 }),
    now: fc.integer({ min: NOON, max: NOON + 86_400_000 * 20 }),
  });
  fc.assert(
    fc.property(arbitrary, ({ hour, minute, now }) => {
      const due = nextAt({ hour, minute }, now);
      const shown = new Date(due);
      expect(due).toBeGreaterThan(now);
      expect(due - now).toBeLessThanOrEqual(25 * 3_600_000);
      expect(shown.getMinutes()).toBe(minute);
      expect(shown.getHours() % 12).toBe(hour % 12);
    }),
  );
});
