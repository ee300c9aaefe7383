import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { readConfig } from './config.js';
import { type ExpertParts, expertParts } from './expert-parts.js';
import { llmThat } from './experts/broken-llm.fixture.js';
import { mimic, type Script } from './experts/dialects/mimic-server.fixture.js';
import { createLog } from './observe/log.js';

const prompts = fileURLToPath(new URL('../../prompts', import.meta.url));
const base = llmThat(async function* () {
  yield 'I am small.';
});
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function parts(env: Record<string, string>, folder = prompts): Promise<ExpertParts> {
  const made = expertParts(readConfig(env), folder, base, createLog('silent'));
  closing.push(
    () => made.llm.close(),
    () => made.part.close(),
  );
  await made.part.start?.(new AbortController().signal);
  return made;
}

async function ask({ llm }: ExpertParts, question: string): Promise<string> {
  const request = {
    messages: [{ role: 'user' as const, content: question }],
    maxTokens: 9,
    wanted: llm.wanted(question),
  };
  let said = '';
  for await (const event of llm.answer(request, new AbortController().signal)) if ('text' in event) said += event.text;
  return said;
}

test('experts of the settings answer what they are for, and the agent’s own model the rest', async () => {
  const script: Script = async function* () {
    yield { text: 'Twelve.' };
  };
  const server = await mimic('openai', script);
  closing.push(server.close);
  const made = await parts({ EXPERTS: JSON.stringify([{ name: 'math', url: server.endpoint.baseUrl, model: 'big' }]) });
  expect(await ask(made, 'What is fifteen percent of eighty?')).toBe('Twelve.');
  expect(await ask(made, 'How are you today?')).toBe('I am small.');
  expect(server.asked[0]?.body.model).toBe('big');
  expect(made.consul()).toBe('off');
  expect(made.experts()).toMatchObject([
    { name: 'broken', ok: true },
    { name: 'math', ok: true, detail: expect.stringMatching(/^awake: big on 127/) },
  ]);
});

test('a Consul that is not there is said, and the agent’s own model answers', async () => {
  const made = await parts({ CONSUL_HTTP_ADDR: '127.0.0.1:1' });
  expect(made.consul()).toBe('failed');
  expect(made.part.health()).toEqual({ ok: false, detail: expect.stringMatching(/Check CONSUL_HTTP_ADDR/) });
  expect(await ask(made, 'How are you today?')).toBe('I am small.');
});

test('without learned weights, experts are chosen by name', async () => {
  const made = await parts({ EXPERTS: '[{"name":"math","url":"http://127.0.0.1:1"}]' }, '/nowhere');
  expect(made.llm.wanted('What is fifteen percent of eighty?').expert).toBe('main');
  expect(made.llm.wanted('Ask the math expert.').expert).toBe('math');
});

test('settings that are wrong are refused in words', () => {
  const config = readConfig({ EXPERTS: '[{"name":"Not A Name"}]' });
  expect(() => expertParts(config, prompts, base, createLog('silent'))).toThrow(/problem\(s\)/);
});
