import { fileURLToPath } from 'node:url';
import type { ChatRequest } from '@twin/pipecat-app/experts/dialects/dialect.js';
import { Dialects } from '@twin/pipecat-app/experts/dialects/dialects.js';
import type { Endpoint } from '@twin/pipecat-app/experts/endpoint.js';
import type { ToolSpec } from '@twin/pipecat-app/experts/tool-spec.js';
import { Personas } from '@twin/pipecat-app/mind/personas.js';
import { promptFor } from '@twin/pipecat-app/mind/prompt.js';
import { specOf } from '@twin/pipecat-app/mind/tool-choice.js';
import { clockTool } from '@twin/pipecat-app/tools/clock.js';
import { ToolRegistry } from '@twin/pipecat-app/tools/registry.js';
import { speechTool } from '@twin/pipecat-app/tools/speech.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LlamaServers } from './llama-servers.js';

let servers: LlamaServers;
const dialects = new Dialects();
beforeAll(async () => {
  servers = await LlamaServers.open();
});
afterAll(async () => {
  await dialects.close();
  await servers.close();
});

const registry = new ToolRegistry([clockTool(), speechTool()]);
const QUESTIONS = [
  'Which time does your clock show?',
  'Turn it up a little.',
  'Why is the sky blue?',
  'Which day is it?',
  'You talk too fast.',
  'Who wrote Hamlet?',
  'Say that once more, please.',
];

test('a real llama-server holds the small model to the form: 21 answers of 21 parse and are valid', async () => {
  const head = await servers.head({ slots: 1 });
  const { address, port } = head.instance('main');
  const personas = new Personas(fileURLToPath(new URL('../../prompts', import.meta.url)));
  // The form is tried with every tool here, also with those that a base model is not offered.
  const tools: ToolSpec[] = registry.list().map((method) => ({ ...specOf(method), changes: undefined }));
  let calls = 0;
  const endpoint: Endpoint = {
    ...{ dialect: 'llama', apiKey: '', model: '', template: 'completion', settings: { address: '', key: '' } },
    baseUrl: `http://${address}:${port}`,
  };
  for (const offered of [tools.slice(0, 3), tools.slice(1, 5), tools.slice(-4)]) {
    for (const question of QUESTIONS) {
      const messages = promptFor(personas.router(), [], question, 2000);
      const request: ChatRequest = { messages, maxTokens: 400, tools: offered };
      let text = '';
      for await (const event of dialects.llama.chat(endpoint, request, AbortSignal.timeout(60_000)))
        if ('text' in event) text += event.text;
      const value = JSON.parse(text) as { tool?: string; args?: object; answer?: string };
      if (value.tool === undefined) {
        expect(typeof value.answer, text).toBe('string');
        continue;
      }
      calls++;
      const method = registry.list().find(({ name }) => name === value.tool);
      expect(offered.map(({ name }) => name)).toContain(value.tool);
      expect(method?.args.safeParse(value.args).success, text).toBe(true);
    }
  }
  expect(calls).toBeGreaterThan(0);
});
