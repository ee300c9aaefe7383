import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { realModel } from '../experts/real-model.fixture.js';
import { noAbort, realEmbedder } from '../memory/real-embedder.fixture.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { realTools } from '../tool-parts.fixture.js';
import { Audience } from '../tools/announcer.js';
import { clockTool } from '../tools/clock.js';
import { needsConsent } from '../tools/consent.js';
import { controlsOf } from '../tools/controls.fixture.js';
import { ManualClock } from '../tools/manual-clock.fixture.js';
import { type MethodListing, ToolRegistry } from '../tools/registry.js';
import { timerTool } from '../tools/timer.js';
import { TimerStore } from '../tools/timer-store.js';
import { Timers } from '../tools/timers.js';
import { unwrapped } from './answer-object.js';
import { ask } from './ask.fixture.js';
import { MethodMeanings } from './method-meanings.js';
import { Personas } from './personas.js';
import { promptFor } from './prompt.js';
import { withToolCalls } from './tool-calls.js';
import { specOf } from './tool-choice.js';
import { TwinService } from './twin-service.js';

const promptsDir = fileURLToPath(new URL('../../../prompts', import.meta.url));
const llm = realModel();
const embedder = realEmbedder();
beforeAll(() => Promise.all([llm.start(noAbort()), embedder.start(noAbort())]), 120_000);
afterAll(() => Promise.all([llm.close(), embedder.close()]));

/** Each of these methods is offered with three others, whatever the question is. */
const OFFERED = [
  'clock.time',
  'timer.list',
  'speech.volume',
  'rag.search',
  'shell.run',
  'git.log',
  'ha.call',
  'mcp.remember',
];
const QUESTIONS = ['Which one is the last?', 'Make it a bit louder, please.', 'Why is the sky blue?'];

test('the small real model, held to a form, writes 24 answers of 24 that parse and are valid', {
  timeout: 240_000,
}, async () => {
  const { registry, close } = realTools(needsConsent);
  const methods = registry.list();
  await close();
  const persona = new Personas(promptsDir).router();
  const wrong: string[] = [];
  let calls = 0;
  for (const [i, name] of OFFERED.entries()) {
    const four = [name, ...OFFERED.slice(i + 1), ...OFFERED].slice(0, 4);
    const offered = four.map((one) => methods.find((method) => method.name === one) as MethodListing);
    for (const question of QUESTIONS) {
      let whole = '';
      async function* kept(): AsyncGenerator<string> {
        const request = {
          messages: promptFor(persona, [], question, 4000),
          maxTokens: 400,
          // The form is tried with every tool, also with those that a base model is not offered.
          tools: offered.map((method) => ({ ...specOf(method), changes: undefined })),
        };
        for await (const piece of llm.stream(request, noAbort())) {
          whole += piece;
          yield piece;
        }
      }
      for await (const item of withToolCalls(unwrapped(kept()))) {
        if (typeof item === 'string') continue;
        const call = 'call' in item ? (item.call as { name: string; args: object }) : undefined;
        const method = offered.find((one) => one.name === call?.name);
        calls++;
        if (method?.args.safeParse(call?.args).success !== true) wrong.push(whole);
      }
      const value = JSON.parse(whole) as object;
      if (!('tool' in value) && !('answer' in value)) wrong.push(whole);
    }
  }
  expect(wrong).toEqual([]);
  expect(calls).toBeGreaterThan(0);
});

test('the small real model has a real tool used, from a question to words about its result', {
  timeout: 120_000,
}, async () => {
  const clock = new ManualClock(Date.UTC(2026, 4, 4, 12));
  const store = new TimerStore(join(temporaryFolder(), 'timers.json'));
  const timers = new Timers({ store, clock, announcer: new Audience() });
  timers.start();
  const registry = new ToolRegistry([clockTool({ timeZone: 'UTC' }), timerTool(timers)]);
  const meanings = new MethodMeanings({ embedder, methods: () => registry.list() });
  await meanings.prepare(noAbort());
  const mind = new TwinService({ llm, registry, promptsDir, meanings });
  try {
    // What changes something at once is not offered to a base model, which copies arguments out of its examples.
    const set = await ask(mind, 'Let a timer run for a quarter of an hour.', controlsOf('a'));
    expect(set.events).not.toContainEqual(expect.objectContaining({ tool: 'timer.set' }));
    expect(timers.list()).toHaveLength(0);
    await registry.call('timer.set', { seconds: 900 }, controlsOf('a'), noAbort());
    const list = await ask(mind, 'Show me which timers are active.', controlsOf('a'));
    expect(list.events).toContainEqual(expect.objectContaining({ type: 'toolResult', tool: 'timer.list', ok: true }));
    expect(list.said).toMatch(/\d+ minutes/);
  } finally {
    await mind.close();
    timers.close();
  }
});
