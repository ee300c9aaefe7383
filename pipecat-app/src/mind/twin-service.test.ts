import { mkdtempSync, rmSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EmbeddedLlm } from '../experts/embedded.js';
import { Audience } from '../tools/announcer.js';
import { clockTool } from '../tools/clock.js';
import { ToolRegistry } from '../tools/registry.js';
import { timerTool } from '../tools/timer.js';
import { TimerStore } from '../tools/timer-store.js';
import { systemClock, Timers } from '../tools/timers.js';
import type { MindEvent } from './mind.js';
import { TwinService } from './twin-service.js';

const home = mkdtempSync(join(tmpdir(), 'twin-'));
const promptsDir = fileURLToPath(new URL('../../../prompts', import.meta.url));
const llm = new EmbeddedLlm({
  name: 'gemma',
  modelPath: join(homedir(), '.local/share/twin/models/gemma-3-270m-q4_k_m.gguf'),
  template: 'completion',
});
const audience = new Audience();
const timers = new Timers({
  store: new TimerStore(join(home, 'timers.json')),
  clock: systemClock,
  announcer: audience,
});
const mind = new TwinService({ llm, registry: new ToolRegistry([clockTool(), timerTool(timers)]), promptsDir });

beforeAll(async () => {
  timers.start();
  await llm.start(new AbortController().signal);
  await mind.prepare(new AbortController().signal);
}, 60_000);
afterAll(async () => {
  timers.close();
  await llm.close();
  rmSync(home, { recursive: true });
});

async function ask(text: string) {
  const events: MindEvent[] = [];
  for await (const e of mind.reply(
    { session: 's', turn: 1, text, controls: { session: 's' } as never },
    new AbortController().signal,
  ))
    events.push(e);
  const said = events.map((e) => (e.type === 'text' ? e.delta : '')).join('');
  mind.commit('s', text, said);
  return { events, said };
}

test('slice', async () => {
  for (const q of [
    'set a timer for five minutes',
    'what is the capital of France',
    'what is the capital of Japan',
    'who wrote Hamlet',
    'set a pasta timer for 90 seconds',
    'how much time is left',
    'how far is the moon',
    'tell me a joke',
  ]) {
    const { events, said } = await ask(q);
    console.log(q, '=>', said, JSON.stringify(events.at(-1)), JSON.stringify(llm.lastAnswer()));
  }
  expect(1).toBe(1);
});
