import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import { SmallAgents } from './small-agents.js';
import { type RunAgent, smolAgentComputerTool } from './smol-agent-computer.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'twin-agents-'));
});
afterEach(() => rm(home, { recursive: true, force: true }));

const asked: Parameters<RunAgent>[0][] = [];
function opened() {
  const tool = smolAgentComputerTool({
    agents: new SmallAgents(join(home, 'agents.json')),
    run: async (task) => {
      asked.push(task);
      return 'Found it.';
    },
    tools: () => ['rag.search', 'clock.time', 'smol_agent_computer.ask'],
  });
  const registry = new ToolRegistry([tool]);
  return (method: string, args: Record<string, unknown> = {}) =>
    registry.call(`smol_agent_computer.${method}`, args, controlsOf('a'), new AbortController().signal);
}
const LIBRARIAN = { name: 'The Librarian', instructions: 'You search the documents.', tools: ['rag.search'] };

test('an agent is made, outlives a restart, is asked with its own tools only, and removed', async () => {
  expect((await opened()('create', LIBRARIAN)).output).toBe('The agent the-librarian is ready.');
  const call = opened();
  expect((await call('list')).output).toBe('the-librarian: You search the documents.');
  expect((await call('ask', { name: 'the librarian', task: 'Where are settings?' })).output).toBe('Found it.');
  expect(asked.at(-1)).toMatchObject({ persona: LIBRARIAN.instructions, tools: ['rag.search'], steps: 6 });
  expect((await call('remove', { name: 'the librarian' })).ok).toBe(true);
  expect((await opened()('list')).output).toBe('There are no small agents.');
});

test('no agent can make or ask another one, nor have a tool that is not there', async () => {
  for (const tools of [['smol_agent_computer.ask'], ['shell.run']])
    expect(await opened()('create', { ...LIBRARIAN, tools })).toMatchObject({ error: 'TWIN_AGENT_TOOL' });
});

test('a name that is a path, or nobody, is refused', async () => {
  expect(await opened()('create', { ...LIBRARIAN, name: '../x' })).toMatchObject({ error: 'TWIN_TOOL_ARGS' });
  expect(await opened()('ask', { name: 'nobody', task: 'do it' })).toMatchObject({ error: 'TWIN_AGENT_UNKNOWN' });
});
