import { describe, expect, test } from 'vitest';
import { approvesAll } from '../consent.fixture.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import type { Fact, Facts } from './facts.js';
import { type ControlProgramParts, mcpTool } from './mcp.js';

/** A memory in a list; it recalls what shares a word. */
function factsOf(...texts: string[]): Facts & { all: Fact[] } {
  const all: Fact[] = [];
  const facts: Facts & { all: Fact[] } = {
    all,
    recall: async (text) =>
      all.filter((fact) => text.split(' ').some((word) => fact.text.includes(word))).map((f) => ({ ...f, score: 0.8 })),
    async remember(text, source) {
      const same = all.find((fact) => fact.text === text);
      if (same) return { fact: same, how: 'merged' };
      const fact = { id: all.length + 1, text, at: 0, source, pinned: false, used: 0 };
      all.push(fact);
      return { fact, how: 'new' };
    },
    async forget(id) {
      const at = all.findIndex((fact) => fact.id === id);
      return at < 0 ? undefined : all.splice(at, 1)[0];
    },
    list: ({ limit }) => all.slice(0, limit),
    count: () => all.length,
  };
  for (const text of texts) void facts.remember(text, 'test', new AbortController().signal);
  return facts;
}

function running(more: Partial<ControlProgramParts> = {}) {
  const set: unknown[] = [];
  let vad = { threshold: 0.5, negThreshold: 0.35, minSpeechMs: 120, redemptionMs: 700, prerollMs: 300 };
  const controls = controlsOf('a');
  const parts: ControlProgramParts = {
    startedAt: 0,
    version: '1.2.3',
    report: () => [{ name: 'llm', ok: false, detail: 'It is starting.' }],
    facts: factsOf('My dog is called Rex', 'My cat is called Tom', 'I live in Bonn'),
    settings: { vad: () => vad, setVad: (knobs) => (vad = knobs), setLogLevel: (level) => set.push(level) },
    restart: { supervised: true, end: () => set.push('ended') },
    ...more,
  };
  const registry = new ToolRegistry([mcpTool(parts)], { consent: approvesAll, now: () => 3_600_000 });
  const call = async (method: string, args: Record<string, unknown> = {}) =>
    registry.call(`mcp.${method}`, args, controls, new AbortController().signal);
  return { call, controls, set, vad: () => vad, parts };
}

test('the status says version, running time and what does not work', async () => {
  const { output } = await running().call('status');
  expect(output).toBe('Twin 1.2.3, running for 1 hour. Not all parts work. llm: It is starting.');
});

describe('memory', () => {
  test('is counted, and told when it was known already', async () => {
    const { call } = running();
    expect((await call('memory_stats')).output).toMatch(/^I remember 3 facts\. I take \d+ megabytes/);
    expect((await call('remember', { fact: 'I like tea' })).output).toBe('I will remember that.');
    expect((await call('remember', { fact: 'I like tea' })).output).toBe('I knew that already.');
  });

  test('forgets the one that fits, and asks when several do', async () => {
    const { call, parts } = running();
    expect((await call('forget', { query: 'called' })).output).toMatch(
      /^Which one do you mean\? 1: .*Rex; 2: .*Tom\.$/,
    );
    expect(await parts.facts?.count()).toBe(3);
    expect((await call('forget', { query: 'called', id: 2 })).output).toBe('I have forgotten: My cat is called Tom');
    expect((await call('forget', { query: 'where I live' })).output).toBe('I have forgotten: I live in Bonn');
    expect((await call('forget', { query: 'spaceships' })).output).toBe('I remember nothing like that.');
  });

  test('an id that was not offered forgets nothing', async () => {
    const { call, parts } = running();
    expect((await call('forget', { query: 'called', id: 3 })).ok).toBe(false);
    expect(await parts.facts?.count()).toBe(3);
  });

  test('that is not there is said, with what to do', async () => {
    const { call } = running({ facts: undefined });
    expect(await call('remember', { fact: 'I like tea' })).toMatchObject({ ok: false, error: 'TWIN_MEMORY_OFF' });
  });
});

describe('settings', () => {
  test.each([
    ['volume', '40 percent', true],
    ['volume', '140', false],
    ['voice', 'EN-GB', true],
    ['voice', 'hal', false],
    ['vad threshold', 0.6, true],
    ['vad_neg_threshold', 0.9, false],
    ['log level', 'debug', true],
    ['log_level', 'loud', false],
    ['TWIN_HOME', '/tmp', false],
    ['__proto__', '1', false],
  ])('%s to %s: %s', async (option, value, ok) => {
    expect((await running().call('set', { option, value })).ok).toBe(ok);
  });

  test('take effect', async () => {
    const { call, controls, set, vad } = running();
    await call('set', { option: 'volume', value: 40 });
    await call('set', { option: 'vad_redemption_ms', value: '900 ms' });
    await call('set', { option: 'log_level', value: 'debug' });
    expect([controls.volume(), vad().redemptionMs, set]).toEqual([40, 900, ['debug']]);
  });
});

test('a restart says whether somebody starts the agent again', async () => {
  const { call, set } = running();
  expect((await call('restart_self')).output).toMatch(/^I am restarting now/);
  expect(set).toEqual(['ended']);
  const local = running({ restart: { supervised: false, end: () => undefined } });
  expect((await local.call('restart_self')).output).toMatch(/Start me again with/);
});
