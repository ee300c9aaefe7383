import type { PowerState } from '@twin/hashi/power/power-kv.js';
import { POWER_HISTORIES, POWER_REPORTS, type PowerChange, type PowerReport } from '@twin/hashi/power/power-report.js';
import { expect, test } from 'vitest';
import { readConfig } from './config.js';
import type { Verdict } from './policy.js';
import { Reporter } from './reporter.js';

const START = 1_000_000_000;

/** A node's agent in time of its own; `step` lets so many looks pass. */
function stage(keys: Map<string, string> = new Map()) {
  let [at, puts, failing] = [START, 0, false];
  const verdicts: Verdict[] = [];
  const states = new Map<string, PowerState>();
  const verdict = (service: string, state: string, more: Partial<Verdict> = {}): void => {
    const known = verdicts.findIndex((one) => one.service === service);
    const next = { service, state, act: 'keep', reason: 'so', idleSeconds: 60, ...more } as Verdict;
    if (known < 0) verdicts.push(next);
    else verdicts[known] = next;
  };
  const waits: (() => void)[] = [];
  const reporter = new Reporter({
    config: readConfig({ TWIN_NODE: 'attic', POWER_QUIET_HOURS: '22:30-06:00', POWER_BUDGET_WH: '900' }),
    agent: { verdicts: () => verdicts, sees: () => true },
    probe: { source: 'bpf', words: 'It sees.' },
    board: {
      entry: (service) => ({ leases: [], ...(states.has(service) && { state: states.get(service) }) }) as never,
    },
    energy: {
      used: () => 12.5,
      services: new Map([['llama-api-coding', 3]]),
      text: () => JSON.stringify({ answers: { 'llama-api-coding': 6 } }),
    },
    kv: {
      get: async (key) => (keys.has(key) ? ({ value: keys.get(key) } as never) : undefined),
      put: async (key, value) => {
        if (failing) throw new Error('Consul is away.');
        puts++;
        keys.set(key, value);
        return true;
      },
    },
    clock: {
      now: () => at,
      sleep: (_, signal) =>
        new Promise((resolve) => {
          waits.push(resolve);
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
    },
    now: () => at,
  });
  const stop = new AbortController();
  const ended = reporter.run(stop.signal);
  const settled = async () => {
    while (waits.length === 0) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    keys,
    states,
    verdict,
    drop: (service: string) =>
      void verdicts.splice(
        verdicts.findIndex((one) => one.service === service),
        1,
      ),
    fail: (how: boolean) => (failing = how),
    puts: () => puts,
    jump: (ms: number) => (at += ms),
    step: async (looks = 1) => {
      for (let i = 0; i < looks; i++) {
        await settled();
        at += 1000;
        for (const go of waits.splice(0)) go();
      }
      await settled();
    },
    report: () => JSON.parse(keys.get(`${POWER_REPORTS}attic`) ?? '{}') as PowerReport,
    changes: () =>
      (JSON.parse(keys.get(`${POWER_HISTORIES}attic`) ?? '{"changes":[]}') as { changes: PowerChange[] }).changes,
    end: async () => {
      stop.abort();
      await ended;
    },
  };
}

test('tells why each service is as it is, quiet hours and energy; every 5 s, and at once when a state changes', async () => {
  const its = stage();
  its.verdict('llama-api-coding', 'awake');
  await its.step();
  expect(its.report()).toMatchObject({
    source: 'bpf',
    sees: true,
    quiet_hours: '22:30-06:00',
    used_wh: 12.5,
    budget_wh: 900,
    idle_seconds: 1800,
    services: [{ service: 'llama-api-coding', state: 'awake', reason: 'so', idle_seconds: 60 }],
    shares: { 'llama-api-coding': 3 },
    answers: { 'llama-api-coding': 6 },
  });
  const before = its.puts();
  its.verdict('llama-api-coding', 'awake', { reason: 'it worked 3 s ago' });
  await its.step(3);
  expect(its.puts()).toBe(before);
  await its.step(3);
  expect(its.report().services[0]?.reason).toBe('it worked 3 s ago');
  its.verdict('llama-api-coding', 'awake', { idleSeconds: 5 });
  await its.step();
  expect(its.report().services[0]?.idle_seconds).toBe(5);
  await its.end();
});

test('keeps what changed, with the reason that was acted on, and whose hand it was otherwise', async () => {
  const its = stage();
  its.states.set('llama-api-coding', { by: 'session kitchen' } as PowerState);
  its.verdict('llama-api-coding', 'awake');
  await its.step();
  its.verdict('llama-api-coding', 'awake', { act: 'sleep', reason: 'nobody used it for 60 s' });
  await its.step();
  its.verdict('llama-api-coding', 'asleep', { reason: 'nobody needs it' });
  await its.step();
  its.verdict('llama-api-coding', 'waking', { reason: 'it is being woken' });
  await its.step();
  expect(its.changes().map(({ name, state, why }) => [name, state, why])).toEqual([
    ['attic', 'awake', 'Its power agent tells.'],
    ['llama-api-coding', 'awake', 'session kitchen'],
    ['llama-api-coding', 'asleep', 'nobody used it for 60 s'],
    ['llama-api-coding', 'waking', 'session kitchen'],
  ]);
  await its.end();
});

test('a nap between two looks is told, since when and by whom', async () => {
  const its = stage();
  its.states.set('llama-api-coding', { state: 'awake', at: START, by: 'boot' } as PowerState);
  its.verdict('llama-api-coding', 'awake');
  await its.step();
  const nap = { at: START + 1_200, by: 'session kitchen' };
  its.states.set('llama-api-coding', { state: 'waking', at: START + 1_900, by: 'a question', nap } as PowerState);
  await its.step();
  expect(its.changes().slice(1)).toMatchObject([
    { state: 'awake', at: START },
    { state: 'asleep', at: START + 1_200, why: 'session kitchen' },
    { state: 'waking', at: START + 1_900, why: 'a question' },
  ]);
  await its.end();
});

test('a service that another agent decides about for a while is told anew when it comes back', async () => {
  const its = stage();
  its.verdict('plain', 'awake');
  await its.step();
  its.drop('plain');
  await its.step();
  its.verdict('plain', 'awake');
  await its.step();
  expect(its.changes().filter(({ name }) => name === 'plain')).toHaveLength(2);
  await its.end();
});

test('a clock that jumps, or a new start after a while, says that the node was off', async () => {
  const its = stage();
  await its.step();
  its.jump(600_000);
  await its.step();
  const node = [
    ['awake', 'Its power agent tells.'],
    ['off', 'Its power agent was silent: it was off or suspended.'],
    ['awake', 'Its power agent tells.'],
  ];
  expect(its.changes().map(({ state, why }) => [state, why])).toEqual(node);
  await its.end();
  // The same keys, and the clock where the first one began: nothing of before is lost.
  const again = stage(its.keys);
  again.jump(1_300_000);
  await again.step();
  expect(again.changes().map(({ state, why }) => [state, why])).toEqual([...node, ...node.slice(1)]);
  await again.end();
});

test('a Consul that does not answer is told later; nothing that was kept is overwritten', async () => {
  const its = stage();
  its.fail(true);
  its.verdict('plain', 'awake');
  await its.step(2);
  its.verdict('plain', 'asleep');
  await its.step(2);
  expect(its.puts()).toBe(0);
  its.fail(false);
  await its.step();
  expect(its.changes().map(({ name, state }) => [name, state])).toEqual([
    ['attic', 'awake'],
    ['plain', 'awake'],
    ['plain', 'asleep'],
  ]);
  await its.end();
});
