import { expect, test } from 'vitest';
import { z } from 'zod';
import { controlsOf } from '../tools/controls.fixture.js';
import { ManualClock } from '../tools/manual-clock.fixture.js';
import { ToolRegistry } from '../tools/registry.js';
import type { Method } from '../tools/tool.js';
import { RunningTools } from './running-tools.js';

function stage(risk: Method['risk'], takesMs: number) {
  const clock = new ManualClock(0);
  let runs = 0;
  const method: Method = {
    description: 'x',
    args: z.strictObject({}),
    risk,
    timeoutMs: 60_000,
    run: () => {
      runs++;
      return new Promise((resolve) => clock.after(takesMs, () => resolve({ ok: true, output: 'The house is clean.' })));
    },
  };
  const tools = new RunningTools(
    new ToolRegistry([{ name: 'slow', description: 'x', methods: { go: method } }]),
    clock,
  );
  const controls = controlsOf('a');
  const heard: { at: number; news: object }[] = [];
  /** Asks for the tool; the result interrupts. */
  const turn = (): (() => Promise<void>) => {
    const stop = new AbortController();
    const reading = (async () => {
      for await (const news of tools.run('slow.go', {}, controls, stop.signal)) heard.push({ at: clock.now(), news });
    })().catch(() => undefined);
    return async () => {
      stop.abort();
      await reading;
    };
  };
  const pass = async (ms: number): Promise<void> => {
    for (let t = 0; t < ms; t += 100) {
      clock.advance(100);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { clock, tools, controls, heard, turn, pass, runs: () => runs };
}

test.each(['read', 'write'] as const)('a %s of 20 s with three interruptions: one call, one result', async (risk) => {
  const { tools, controls, heard, turn, pass, runs } = stage(risk, 20_000);
  for (const ms of [3000, 4000, 5000]) {
    const interrupt = turn();
    await pass(ms);
    await interrupt();
  }
  await pass(20_000);
  expect(runs()).toBe(1);
  expect(tools.running).toBe(0);
  expect(controls.announced).toEqual(['The house is clean.']);
  expect(heard.map(({ news }) => Object.keys(news)[0])).toEqual(['filler', 'filler', 'filler']);
  expect(heard[0]?.at).toBeLessThanOrEqual(900);
  expect(new Set(heard.map(({ news }) => JSON.stringify(news))).size).toBe(3);
});

test('a result that a turn waits for goes to that turn only', async () => {
  const { controls, heard, turn, pass } = stage('read', 5000);
  turn();
  await pass(6000);
  expect(heard.map(({ news }) => Object.keys(news)[0])).toEqual(['filler', 'result']);
  expect(controls.announced).toEqual([]);
});

test('a short read that was interrupted is kept for the same question, once', async () => {
  const { controls, heard, turn, pass, runs } = stage('read', 500);
  await turn()();
  await pass(1000);
  turn();
  await pass(100);
  expect([runs(), heard.length, controls.announced.length]).toEqual([1, 1, 0]);
  turn();
  await pass(600);
  expect(runs()).toBe(2);
});

test('a short write that was interrupted is not torn, and its result is said', async () => {
  const { controls, turn, pass } = stage('write', 500);
  await turn()();
  await pass(1000);
  expect(controls.announced).toEqual(['The house is clean.']);
});

test('a turn does not wait for ever: the result comes later, once', async () => {
  const { controls, heard, turn, pass } = stage('read', 50_000);
  turn();
  await pass(60_000);
  expect(heard.map(({ news }) => Object.keys(news)[0])).toEqual(['filler', 'later']);
  expect(controls.announced).toEqual(['The house is clean.']);
});

test('nothing is said to a session that has ended, and nothing is left when all is closed', async () => {
  const { clock, tools, controls, turn, pass } = stage('read', 20_000);
  const interrupt = turn();
  await pass(2000);
  await interrupt();
  tools.forget('a');
  await pass(20_000);
  expect(controls.announced).toEqual([]);
  await tools.close();
  expect([tools.running, clock.armed]).toEqual([0, 0]);
});
