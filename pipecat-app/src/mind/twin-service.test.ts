import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { TwinError } from '../errors.js';
import { llmThat } from '../experts/broken-llm.fixture.js';
import type { Gateway } from '../experts/gateway.js';
import type { Llm, LlmRequest } from '../experts/llm.js';
import { noAbort, realModel } from '../experts/real-model.fixture.js';
import { Audience } from '../tools/announcer.js';
import { clockTool } from '../tools/clock.js';
import { controlsOf, type RecordedControls } from '../tools/controls.fixture.js';
import { ManualClock } from '../tools/manual-clock.fixture.js';
import { ToolRegistry } from '../tools/registry.js';
import { speechTool } from '../tools/speech.js';
import { timerTool } from '../tools/timer.js';
import { TimerStore } from '../tools/timer-store.js';
import { Timers } from '../tools/timers.js';
import type { AnswerSize } from './answers.js';
import { ask } from './ask.fixture.js';
import { TwinService } from './twin-service.js';

const ours = fileURLToPath(new URL('../../../prompts', import.meta.url));
const NOON = Date.UTC(2026, 0, 1, 12);

let home = '';
let clock: ManualClock;
let controls: RecordedControls;
let registry: ToolRegistry;
const audience = new Audience();
const warnings: object[] = [];

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'twin-'));
  clock = new ManualClock(NOON);
  controls = controlsOf('a');
  audience.join(controls);
  warnings.length = 0;
  const timers = new Timers({ store: new TimerStore(join(home, 'timers.json')), clock, announcer: audience });
  timers.start();
  const now = (): number => clock.now();
  registry = new ToolRegistry([clockTool({ timeZone: 'UTC' }), timerTool(timers), speechTool()], { now });
  return () => rmSync(home, { recursive: true });
});

const service = (llm: Llm, limits: Partial<AnswerSize> = {}, promptsDir = ours): TwinService =>
  new TwinService({ llm, registry, promptsDir, limits, log: { warn: (fields) => warnings.push(fields) } });

const silent = llmThat(async function* () {
  yield* [];
});

describe('a command', () => {
  test('becomes a tool call, its result and its words', async () => {
    const { events } = await ask(service(silent), 'Set a timer for five minutes.', controls);
    const call = { tool: 'timer.set', args: { seconds: 300 } };
    expect(events).toEqual([
      { type: 'toolCall', ...call },
      { type: 'toolResult', ...call, ok: true, output: 'Timer set for 5 minutes.' },
      { type: 'text', delta: 'Timer set for 5 minutes.' },
      { type: 'done', source: 'reflex' },
    ]);
    clock.advance(300_000);
    expect(controls.announced).toEqual(['Your 5 minute timer is done.']);
  });

  test('of which nothing has to be said is silent', async () => {
    const { said, source } = await ask(service(silent), 'Stop.', controls);
    expect([said, source]).toEqual(['', 'reflex']);
  });

  test('whose tool is not there is answered in words', async () => {
    const { said, source } = await ask(service(silent), 'How are you?', controls);
    expect([said, source]).toEqual(['I cannot do that: there is no tool called status.report.', 'apology']);
  });

  test('needs no model', async () => {
    const missing = llmThat(async function* () {
      yield* [];
      throw new TwinError('TWIN_MODEL_MISSING', 'None.');
    });
    expect((await ask(service(missing), 'What time is it?', controls)).said).toBe('It is 12:00.');
    const { said, source } = await ask(service(missing), 'What is the capital of France?', controls);
    expect(said).toMatch(/^I have no language model yet/);
    expect(source).toBe('apology');
  });
});

test.each([[''], ['   '], ['…?!'], ['\u0000\u0007'], [undefined as unknown as string]])(
  '%j is answered in words',
  async (text) => {
    const { said, source } = await ask(service(silent), text, controls);
    expect([said, source]).toEqual(['I did not understand that.', 'apology']);
  },
);

describe('with the real model', () => {
  const llm = realModel();
  beforeAll(() => llm.start(noAbort()), 120_000);
  afterAll(() => llm.close());

  test('an open question is answered, and a command still is one', async () => {
    const mind = service(llm);
    await mind.prepare(noAbort());
    const open = await ask(mind, 'What is the capital of France?', controls);
    expect(open).toMatchObject({ said: expect.stringContaining('Paris'), source: 'model' });
    expect((await ask(mind, 'What time is it?', controls)).source).toBe('reflex');
  }, 60_000);

  test('a turn costs only its new words, over twelve turns', async () => {
    const mind = service(llm, { tokens: 16 });
    await mind.prepare(noAbort());
    const cities = [
      'France',
      'Japan',
      'Italy',
      'Spain',
      'Egypt',
      'Poland',
      'Greece',
      'Norway',
      'Cuba',
      'Peru',
      'Kenya',
      'Chile',
    ];
    const evaluated: number[] = [];
    for (const city of cities) {
      const text = `What is the capital of ${city}?`;
      mind.commit('a', text, (await ask(mind, text, controls)).said);
      evaluated.push(llm.lastAnswer()?.evaluatedTokens ?? Number.NaN);
    }
    expect(llm.lastAnswer()?.promptTokens).toBeGreaterThan(250);
    expect(Math.max(...evaluated)).toBeLessThan(40);
  }, 120_000);

  test('a model that is killed in the middle of an answer: it ends in words, and the next one works', async () => {
    const mind = service(llm);
    const killed = new Set<number>();
    let said = '';
    let source = '';
    const question = { session: 'a', turn: 1, text: 'Tell me about the Second World War.', controls };
    for await (const event of mind.reply(question, noAbort())) {
      if (event.type === 'done') source = event.source;
      if (event.type !== 'text') continue;
      said += event.delta;
      const pid = llm.pid;
      if (pid !== undefined && killed.size === 0) process.kill(pid, 'SIGKILL');
      if (pid !== undefined) killed.add(pid);
    }
    expect(said).toMatch(/I lost the thread\. Please ask again\.$/);
    expect(source).toBe('apology');
    expect((await ask(mind, 'What is the capital of France?', controls)).said).toContain('Paris');
  }, 60_000);
});

describe('a model that fails', () => {
  test('before its first word is asked a second time', async () => {
    let calls = 0;
    const shaky = llmThat(async function* () {
      if (calls++ === 0) throw new TwinError('TWIN_LLM_UNAVAILABLE', 'It has stopped.', { retryable: true });
      yield 'Paris.';
    });
    expect(await ask(service(shaky), 'Where am I?', controls)).toMatchObject({ said: 'Paris.', source: 'model' });
    expect(calls).toBe(2);
  });

  test('always, is apologised for, whatever it throws', async () => {
    for (const error of [
      new TwinError('TWIN_LLM_UNAVAILABLE', 'x', { retryable: true }),
      new Error('secret'),
      'a string',
    ]) {
      const broken = llmThat(async function* () {
        yield* [];
        throw error;
      });
      const { said, source } = await ask(service(broken), 'Where am I?', controls);
      expect([said, source]).toEqual(['My language model does not answer. Please ask again in a moment.', 'apology']);
    }
  });

  test('to begin in time is apologised for', async () => {
    const hangs = llmThat(async function* (_: LlmRequest, signal) {
      yield* [];
      await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    const { said } = await ask(service(hangs, { firstWordMs: 20 }), 'Where am I?', controls);
    expect(said).toBe('My language model is not ready yet. Please ask again in a moment.');
  });

  test('to say anything is apologised for', async () => {
    expect(await ask(service(silent), 'Where am I?', controls)).toMatchObject({
      said: 'I have no answer to that.',
      source: 'apology',
    });
  });

  test('because it was told to stop throws the abort, and nothing else', async () => {
    const endless = llmThat(async function* (_, signal) {
      for (;;) {
        signal.throwIfAborted();
        yield `word${Math.random()} `;
        await new Promise((resolve) => setImmediate(resolve));
      }
    });
    const stop = new AbortController();
    const mind = service(endless);
    const reading = (async () => {
      for await (const _ of mind.reply({ session: 'a', turn: 1, text: 'Tell me.', controls }, stop.signal))
        stop.abort();
    })();
    await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('what the model is told', () => {
  const requests: LlmRequest[] = [];
  const listening = llmThat(async function* (request) {
    requests.push(request);
    yield 'Yes.';
  });
  const contents = (): string[] => (requests.at(-1)?.messages ?? []).map((message) => message.content);
  beforeEach(() => {
    requests.length = 0;
    cpSync(ours, join(home, 'prompts'), { recursive: true });
    writeFileSync(join(home, 'prompts', 'router.txt'), 'You are Twin.');
  });
  const mind = (): TwinService => service(listening, {}, join(home, 'prompts'));

  test('is the persona, the last ten turns of this session as they were heard, and the question', async () => {
    const twin = mind();
    for (let i = 1; i <= 11; i++) twin.commit('a', `q${i}`, `a${i}`);
    twin.commit('b', 'other', 'session');
    twin.commit('a', 'never answered', '  ');
    await ask(twin, 'And now?', controls);
    const turns = Array.from({ length: 10 }, (_, i) => [`q${i + 2}`, `a${i + 2}`]).flat();
    expect(contents()).toEqual(['You are Twin.', ...turns, 'And now?']);
    twin.forget('a');
    await ask(twin, 'And now?', controls);
    expect(contents()).toEqual(['You are Twin.', 'And now?']);
  });

  test('follows the persona file while it runs; a broken one changes nothing', async () => {
    const twin = mind();
    await ask(twin, 'Who?', controls);
    writeFileSync(join(home, 'prompts', 'router.txt'), 'You are a pirate now.');
    await ask(twin, 'Who?', controls);
    expect(contents()[0]).toBe('You are a pirate now.');
    writeFileSync(join(home, 'prompts', 'router.txt'), '---\nUser: broken');
    await ask(twin, 'Who?', controls);
    expect(contents()[0]).toBe('You are a pirate now.');
    expect(warnings).toEqual([{ code: 'TWIN_PROMPT_FILE' }]);
  });

  test('without prompt files it says so, and asks of commands are answered with no', async () => {
    rmSync(join(home, 'prompts'), { recursive: true });
    const twin = mind();
    expect(twin.isCompleteCommand('stop')).toBe(false);
    expect(twin.hints()).toBe('');
    expect(twin.grammar()).toBe('');
    expect(twin.understands('stop')).toBe(false);
    expect(twin.interrupts('stop')).toBe(false);
    expect((await ask(twin, 'Who?', controls)).said).toMatch(/persona file is missing/);
  });
});

test('what it understands, and the grammar of it, come from the commands file', () => {
  const twin = service(silent);
  expect(twin.understands('What time is it?')).toBe(true);
  expect(twin.understands('Volume town.'), 'a guess').toBe(false);
  expect(twin.understands('What is the largest ocean?')).toBe(false);
  expect(twin.grammar()).toMatch(/^root ::= /m);
  expect(twin.interrupts('Stop talking.')).toBe(true);
  expect(twin.interrupts('What time is it?')).toBe(false);
});

test('hints and complete commands come from the commands file', () => {
  expect(service(silent).hints()).toMatch(/timer.*Stop/);
  expect(service(silent).isCompleteCommand('what time is it')).toBe(true);
});

test('a question that a model hands to an expert is a tool call in the record, and the expert’s words are the answer', async () => {
  const gateway: Gateway = {
    names: () => ['main', 'math'],
    personaOf: (expert) => expert,
    wanted: () => ({ expert: 'main', confidence: 1, named: false }),
    async *answer({ wanted }) {
      const args = { expert: 'math', query: 'six times seven' };
      yield { text: wanted.expert === 'math' ? '42.' : JSON.stringify({ name: 'route_to_expert', arguments: args }) };
    },
  };
  const mind = new TwinService({ llm: silent, gateway, registry, promptsDir: ours });
  const { events, said, source } = await ask(mind, 'Where does it lead?', controls);
  expect([said, source]).toEqual(['42.', 'model']);
  const args = { expert: 'math', query: 'six times seven' };
  expect(events.slice(0, 2)).toEqual([
    { type: 'toolCall', tool: 'route_to_expert', args },
    { type: 'toolResult', tool: 'route_to_expert', args, ok: true, output: '' },
  ]);
});
