import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Endpoint } from '../endpoint.js';
import { noAbort } from '../real-model.fixture.js';
import type { ToolSpec } from '../tool-spec.js';
import type { ChatRequest } from './dialect.js';
import { Dialects } from './dialects.js';
import { type Mimic, mimic } from './mimic-server.fixture.js';

let dialects: Dialects;
const open: Mimic[] = [];
beforeEach(() => {
  dialects = new Dialects();
});
afterEach(async () => {
  await dialects.close();
  await Promise.all(open.splice(0).map((one) => one.close()));
});

const lamp: ToolSpec = {
  name: 'attic.lamp',
  description: 'Switches the attic lamp.',
  parameters: { type: 'object', properties: { on: { type: 'boolean' } }, required: ['on'] },
  sample: { say: 'Light the attic.', args: { on: true } },
};
const form = {
  anyOf: [
    expect.objectContaining({ properties: { tool: { const: 'attic.lamp' }, args: lamp.parameters } }),
    expect.objectContaining({ properties: { answer: { type: 'string' } } }),
  ],
};

async function asked(dialect: Endpoint['dialect'], change: Partial<Endpoint> = {}, more: Partial<ChatRequest> = {}) {
  const made = await mimic(
    dialect,
    async function* () {
      yield { text: 'Yes.' };
    },
    change,
  );
  open.push(made);
  made.refuses.tools = true;
  const messages = [{ role: 'user' as const, content: 'Where am I?' }];
  const request = { messages, maxTokens: 20, tools: [lamp], temperature: 0.7, stop: ['\n'], ...more };
  for await (const _ of dialects.of(made.endpoint).chat(made.endpoint, request, noAbort()));
  return made.asked.map(({ body }) => body);
}

test('llama: a grammar, greedily and without marks that may stand inside of it', async () => {
  const [body] = await asked('llama');
  expect(body).toMatchObject({ temperature: 0, stop: [], grammar: expect.stringContaining('"\\"attic.lamp\\""') });
  expect(JSON.stringify(body?.messages)).toContain('attic.lamp {on: boolean}');
});

test('llama, a base model: a grammar whose strings end, and exchanges in place of a description', async () => {
  const [body] = await asked('llama', { template: 'completion' });
  expect(body).toMatchObject({ temperature: 0, stop: [], grammar: expect.stringContaining('char{0,240}') });
  expect(body?.prompt).toContain(
    'Question: Light the attic.\nAnswer: {"tool":"attic.lamp","args":{"on":true}}\nQuestion: ',
  );
  expect(body?.prompt).not.toContain('You can use');
});

test('llama, a base model: a mark of the template inside of the answer is part of it', async () => {
  const made = await mimic(
    'llama',
    async function* () {
      yield { text: '{"answer":"Question: why?"}' };
    },
    { template: 'completion' },
  );
  open.push(made);
  const messages = [{ role: 'user' as const, content: 'Where am I?' }];
  let text = '';
  for await (const event of dialects.llama.chat(made.endpoint, { messages, maxTokens: 20, tools: [lamp] }, noAbort()))
    if ('text' in event) text += event.text;
  expect(text).toBe('{"answer":"Question: why?"}');
});

test('llama, a base model: nothing is asked about a result that can be said', async () => {
  const messages = [
    { role: 'user' as const, content: 'Light the attic.' },
    { role: 'user' as const, content: 'The lamp is on.', resultOf: 'call_0', sayable: true as const },
  ];
  expect(await asked('llama', { template: 'completion' }, { messages })).toEqual([]);
  expect(await asked('llama', {}, { messages })).toHaveLength(1);
});

test('openai: tools natively; a server that refuses them: the form', async () => {
  const [first, second] = await asked('openai');
  expect(first?.tools).toBeDefined();
  expect(second).toMatchObject({ response_format: { type: 'json_schema', json_schema: { schema: form } } });
});

test('ollama: the form', async () => {
  expect(await asked('ollama')).toMatchObject([{ format: form }]);
});

test.each(['llama', 'openai', 'ollama'] as const)('%s: what was begun is gone on with freely', async (dialect) => {
  const body = (await asked(dialect, {}, { partial: '{"answer":"Y' })).at(-1);
  for (const key of ['grammar', 'format', 'response_format']) expect(body?.[key], key).toBeUndefined();
});

test.each(['llama', 'openai', 'ollama', 'anthropic'] as const)(
  '%s: without tools nothing is held to anything',
  async (dialect) => {
    const [body] = await asked(dialect, {}, { tools: [] });
    for (const key of ['grammar', 'format', 'response_format']) expect(body?.[key], key).toBeUndefined();
  },
);
