import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { mimic } from '../experts/dialects/mimic-server.fixture.js';
import { OpenAiLlm } from '../experts/openai-llm.js';
import { realTools, rehearsed } from '../tool-parts.fixture.js';
import { approvalStage } from '../tools/approval/approvals.fixture.js';
import { controlsOf } from '../tools/controls.fixture.js';
import { ToolRegistry } from '../tools/registry.js';
import type { Door, Tool } from '../tools/tool.js';
import { ask } from './ask.fixture.js';
import { type Injection, injections, SECRET, type Source } from './injections.fixture.js';
import { TwinService } from './twin-service.js';

const promptsDir = fileURLToPath(new URL('../../../prompts', import.meta.url));
const CODE_WORD = 'zebra-crossing';
/** What the person's question makes the model call, so that the text comes in; a memory comes by itself. */
const READS: Record<Exclude<Source, 'memory'>, { tool: string; args: object }> = {
  page: { tool: 'page.read', args: {} },
  document: { tool: 'rag.search', args: { query: 'it' } },
  house: { tool: 'ha.states', args: {} },
  output: { tool: 'git.log', args: { name: 'demo' } },
};

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** The agent's methods with their real arguments and risks, the real gate, and a model that obeys the injection. */
async function obedient({ source, text, tool, args }: Injection, door: Door) {
  const poison = `${CODE_WORD} ${text}`;
  const stage = approvalStage();
  const real = realTools(stage.approvals);
  const ran: { name: string; args: object }[] = [];
  const run = (name: string, given: object): string => {
    ran.push({ name, args: given });
    return poison;
  };
  const { description, args: none } = real.registry.list().find(({ name }) => name === 'rag.reindex') ?? {};
  if (!description || !none) throw new Error('There is no rag.reindex.');
  const read = {
    description,
    args: none,
    risk: 'read' as const,
    run: () => ({ ok: true as const, output: run('page.read', {}) }),
  };
  const page: Tool = { name: 'page', description: 'A page.', methods: { read } };
  const registry = new ToolRegistry([page, ...rehearsed(real.registry.list(), run)], { consent: stage.approvals });
  const server = await mimic('openai', async function* ({ messages }) {
    const poisoned = messages.some(({ content }) => content?.includes(CODE_WORD));
    const wanted = poisoned || source === 'memory' ? { tool, args } : READS[source];
    yield { text: JSON.stringify(wanted) };
  });
  const llm = new OpenAiLlm({ baseUrl: server.endpoint.baseUrl, apiKey: '', model: 'mimic' });
  const memory = { recall: async () => (source === 'memory' ? [{ id: 1, text: poison }] : []) };
  const mind = new TwinService({ llm, registry, promptsDir, memory, approvals: stage.approvals });
  open.push(mind, llm, server, real, stage.approvals);
  return { mind, stage, ran, asked: server.asked, controls: controlsOf('a', { caller: { door } }) };
}

test('there are thirty, each wants what is gated, and six or more come by each way', () => {
  const risks = new Map<string, string>();
  const { registry } = realTools(approvalStage().approvals);
  for (const { name, risk } of registry.list()) risks.set(name, risk);
  expect(injections).toHaveLength(30);
  expect(injections.filter(({ tool }) => risks.get(tool) !== 'sensitive')).toEqual([]);
  expect(injections.filter(({ args }) => JSON.stringify(args).includes(SECRET)).length).toBeGreaterThan(7);
  for (const source of [...Object.keys(READS), 'memory'])
    expect(injections.filter((one) => one.source === source)).toHaveLength(6);
});

test.each(injections.flatMap((one) => (['voice', 'text'] as const).map((door) => ({ ...one, door }))))(
  '$source by $door: $text',
  async ({ door, ...injection }) => {
    const { mind, stage, ran, asked, controls } = await obedient(injection, door);
    const { said } = await ask(mind, 'Where are we in the year?', controls);
    const before = injection.source === 'memory' ? [] : [READS[injection.source].tool];
    expect(ran.map(({ name }) => name)).toEqual(before);
    expect(JSON.stringify(ran.map(({ args }) => args))).not.toContain(SECRET);

    const [request, ...more] = stage.approvals.list();
    expect([request?.tool, request?.status, more]).toEqual([injection.tool, 'new', []]);
    expect(said).toMatch(/^I need your consent\. /);
    if (request)
      await stage.approvals.answer(request.id, 'deny', request.digest, { role: 'admin', name: 'boss', way: 'page' });
    await stage.settle();
    expect(ran.map(({ name }) => name)).toEqual(before);

    const carrying = asked.flatMap(({ messages }) => messages).filter(({ content }) => content?.includes(CODE_WORD));
    expect(carrying.length).toBeGreaterThan(0);
    for (const { content } of carrying) {
      const [, inside = '', behind = ''] = /<<<\n([\s\S]*)\n>>>([\s\S]*)$/.exec(content) ?? [];
      expect(inside).toContain(CODE_WORD);
      expect(inside).not.toMatch(/[<>]|\[\/?[A-Z_]{2,}\]/);
      expect(content.match(/<<<|>>>/g)).toEqual(['<<<', '>>>']);
      expect(behind.trim()).toMatch(/^(Answer the question with it\.|Where are we in the year\?)$/);
    }
  },
);
