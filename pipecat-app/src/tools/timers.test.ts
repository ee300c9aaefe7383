import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { Audience } from './announcer.js';
import { controlsOf } from './controls.fixture.js';
import { ManualClock } from './manual-clock.fixture.js';
import { TimerStore } from './timer-store.js';
import { Timers } from './timers.js';

const START = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;

let folder = '';
let file = '';
beforeEach(() => {
  folder = temporaryFolder();
  file = join(folder, 'state', 'timers.json');
});

function setUp(clock = new ManualClock(START)) {
  const audience = new Audience();
  const errors: unknown[] = [];
  const timers = new Timers({
    store: new TimerStore(file),
    clock,
    announcer: audience,
    onError: (error) => errors.push(error),
  });
  timers.start();
  const set = (seconds: number, session = 'a', name = '') =>
    timers.set({ session, name, seconds, due: clock.now() + seconds * 1000 });
  return { audience, clock, errors, timers, set };
}

describe('a timer that is due', () => {
  test('speaks in the session that set it, exactly on time, once', () => {
    const { audience, clock, set, timers } = setUp();
    const [a, b] = [controlsOf('a'), controlsOf('b')];
    audience.join(a);
    audience.join(b);
    set(300, 'a', 'pasta');
    clock.advance(300_000 - 1);
    expect(a.announced).toEqual([]);
    clock.advance(1);
    clock.advance(60 * MINUTE);
    expect(a.announced).toEqual(['Your pasta timer is done.']);
    expect(b.announced).toEqual([]);
    expect(timers.list()).toEqual([]);
    expect(clock.armed).toBe(0);
  });

  test('speaks to whoever is there when its session has gone', () => {
    const { audience, clock, set } = setUp();
    const b = controlsOf('b');
    const leave = audience.join(controlsOf('a'));
    set(60);
    leave();
    audience.join(b);
    clock.advance(MINUTE);
    expect(b.announced).toEqual(['Your 1 minute timer is done.']);
  });

  test('waits for someone to come, and says how long ago it was', () => {
    const { audience, clock, set } = setUp();
    set(60, 'a', 'tea');
    clock.advance(4 * MINUTE);
    const late = controlsOf('z');
    audience.join(late);
    audience.join(controlsOf('y'));
    expect(late.announced).toEqual(['Your tea timer ended 3 minutes ago.']);
  });
});

describe('a restart', () => {
  test('keeps what runs, and announces what became due meanwhile', () => {
    const { clock, set, timers } = setUp();
    set(60, 'a', 'tea');
    set(600, 'a', 'cake');
    timers.close();
    expect(clock.armed).toBe(0);
    const later = setUp(new ManualClock(START + 5 * MINUTE));
    const c = controlsOf('c');
    later.audience.join(c);
    expect(c.announced).toEqual(['Your tea timer ended 4 minutes ago.']);
    later.clock.advance(5 * MINUTE);
    expect(c.announced[1]).toBe('Your cake timer is done.');
    expect(later.set(1).id).toBeGreaterThan(2);
  });

  test('a broken file is reported, and timers work all the same', () => {
    setUp().set(60);
    writeFileSync(file, '{ broken');
    const { errors, set, timers } = setUp();
    expect(errors).toMatchObject([{ code: 'TWIN_TIMERS_FILE' }]);
    set(5);
    expect(timers.list()).toHaveLength(1);
  });
});

test('the file is private, whole and without leftovers', () => {
  const { set } = setUp();
  set(60);
  set(90);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(JSON.parse(readFileSync(file, 'utf8'))).toHaveLength(2);
  expect(readdirSync(join(folder, 'state'))).toEqual(['timers.json']);
});

test('a timer that cannot be kept is not set', () => {
  const { set, timers } = setUp();
  writeFileSync(join(folder, 'state'), 'a file where the folder should be');
  expect(() => set(60)).toThrow(/cannot be written/);
  expect(timers.list()).toEqual([]);
});

test('whatever is set and cancelled, each timer left speaks once, at its time and never before', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('set' as const), seconds: fc.integer({ min: 1, max: 7200 }) }),
    fc.record({ do: fc.constant('cancel' as const), nth: fc.nat(5) }),
    fc.record({ do: fc.constant('wait' as const), ms: fc.integer({ min: 0, max: 30 * MINUTE }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), (steps) => {
      rmSync(join(folder, 'state'), { recursive: true, force: true });
      const { clock, set, timers, audience } = setUp();
      const heard: { name: string; at: number }[] = [];
      audience.join({ ...controlsOf('a'), announce: (text) => heard.push({ name: text, at: clock.now() }) });
      const due = new Map<string, number>();
      for (const [i, step] of steps.entries()) {
        if (step.do === 'set') due.set(`Your n${i} timer is done.`, set(step.seconds, 'a', `n${i}`).due);
        else if (step.do === 'wait') clock.advance(step.ms);
        else {
          const gone = timers.list()[step.nth];
          if (gone === undefined) continue;
          timers.cancel(new Set([gone.id]));
          due.delete(`Your ${gone.name} timer is done.`);
        }
      }
      clock.advance(7200_000);
      expect(Object.fromEntries(heard.map(({ name, at }) => [name, at]))).toEqual(Object.fromEntries(due));
      expect(heard).toHaveLength(due.size);
      expect(clock.armed).toBe(0);
      timers.close();
    }),
    { numRuns: 60 },
  );
});
