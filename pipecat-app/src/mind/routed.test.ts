import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { llmThat } from '../experts/broken-llm.fixture.js';
import type { Gateway } from '../experts/gateway.js';
import { controlsOf } from '../tools/controls.fixture.js';
import { ToolRegistry } from '../tools/registry.js';
import { ask } from './ask.fixture.js';
import { TwinService } from './twin-service.js';

const promptsDir = fileURLToPath(new URL('../../../prompts', import.meta.url));
const silent = llmThat(async function* () {
  yield* [];
});

test('a question that a model hands to an expert is a tool call in the record, and the expert’s words are the answer', async () => {
  const gateway: Gateway = {
    names: () => ['main', 'math'],
    seeing: () => ({ experts: [], outside: [] }),
    personaOf: (expert) => expert,
    wanted: () => ({ expert: 'main', confidence: 1, named: false }),
    async *answer({ wanted }) {
      const args = { expert: 'math', query: 'six times seven' };
      yield { text: wanted.expert === 'math' ? '42.' : JSON.stringify({ name: 'route_to_expert', arguments: args }) };
    },
  };
  const mind = new TwinService({ llm: silent, gateway, registry: new ToolRegistry([]), promptsDir });
  const { events, said, source } = await ask(mind, 'Where does it lead?', controlsOf('a'));
  expect([said, source]).toEqual(['42.', 'model']);
  const args = { expert: 'math', query: 'six times seven' };
  expect(events.slice(0, 2)).toEqual([
    { type: 'toolCall', tool: 'route_to_expert', args },
    { type: 'toolResult', tool: 'route_to_expert', args, ok: true, output: '' },
  ]);
});
