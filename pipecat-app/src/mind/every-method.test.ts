import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { llmThat } from '../experts/broken-llm.fixture.js';
import { Dialects } from '../experts/dialects/dialects.js';
import { mimic, type Step } from '../experts/dialects/mimic-server.fixture.js';
import { realTools } from '../tool-parts.fixture.js';
import { approvalStage } from '../tools/approval/approvals.fixture.js';
import { controlsOf } from '../tools/controls.fixture.js';
import { type MethodListing, ToolRegistry } from '../tools/registry.js';
import { ask } from './ask.fixture.js';
import { quoted } from './quoted.js';
import { TwinService } from './twin-service.js';

const promptsDir = fileURLToPath(new URL('../../../prompts', import.meta.url));
const FILLER = /^(One moment|Just a moment|Let me see|I am on it)\. /;

type Schema = {
  type?: string;
  enum?: unknown[];
  anyOf?: Schema[];
  properties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  additionalProperties?: unknown;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
};

/** Values that fit a JSON schema but for patterns and what it cannot say; the zod schema has the last word. */
function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  if (schema.enum) return fc.constantFrom(...schema.enum);
  if (schema.anyOf) return fc.oneof(...schema.anyOf.map(valuesOf));
  const { minimum = 1, maximum = 50, minLength = 1, maxLength = 12 } = schema;
  if (schema.type === 'object') {
    const its = Object.entries(schema.properties ?? {}).map(([name, one]) => [name, valuesOf(one)]);
    return fc.record(Object.fromEntries(its) as Record<string, fc.Arbitrary<unknown>>, {
      requiredKeys: schema.required ?? [],
      noNullPrototype: true,
    });
  }
  if (schema.type === 'array') return fc.array(valuesOf(schema.items ?? {}), { maxLength: 2 });
  if (schema.type === 'boolean') return fc.boolean();
  if (schema.type === 'integer' || schema.type === 'number')
    return fc.integer({ min: minimum, max: Math.max(minimum, Math.min(maximum, minimum + 50)) });
  if (schema.type !== 'string') throw new Error(`No values for ${JSON.stringify(schema)}`);
  const word = fc.stringMatching(new RegExp(`^[a-z]{${Math.max(1, minLength)},${Math.min(12, maxLength)}}$`));
  return fc.oneof(
    word,
    fc.tuple(word, word).map((two) => two.join('.')),
  );
}

/** Where what is taken cannot be said in a JSON schema. */
const MACHINE = { mac: '52:54:00:12:34:56' };
const GIVEN: Record<string, Record<string, unknown>> = {
  'mcp.set': { option: 'volume', value: 30 },
  'machines.allow': { ...MACHINE, name: 'attic' },
  'machines.revoke': MACHINE,
  'machines.join': MACHINE,
};

/** The first of many arguments, the same every time, that the method takes. */
function argsFor({ name, args }: MethodListing): Record<string, unknown> {
  const schema = z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' }) as Schema;
  const samples = fc.sample(valuesOf(schema), { seed: 7, numRuns: 500 });
  const found = [...samples, GIVEN[name]].find((one) => args.safeParse(one).success);
  if (found === undefined) throw new Error(`No arguments were found for ${name}.`);
  return found as Record<string, unknown>;
}

const open: { close(): Promise<void> }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

async function scripted(registry: ToolRegistry, answers: Step[], refusing = false) {
  const server = await mimic(
    'llama',
    async function* () {
      const next = answers.shift();
      if (next) yield next;
    },
    { tools: 'native' },
  );
  server.refuses.tools = refusing;
  const dialects = new Dialects();
  const llm = llmThat(async function* (request, signal) {
    for await (const event of dialects.llama.chat(server.endpoint, request, signal)) {
      if ('text' in event) yield event.text;
      else if ('call' in event) yield event;
    }
  });
  const mind = new TwinService({ llm, registry, promptsDir });
  open.push(mind, dialects, server);
  return { mind, asked: server.asked };
}

test('a model reaches every method of the agent, and its result comes back as data', { timeout: 120_000 }, async () => {
  const { registry, withServer, close } = realTools(approvalStage().approvals);
  open.push({ close });
  await withServer();
  const called = vi.spyOn(registry, 'call');
  const methods = registry.list();
  expect(methods.length).toBeGreaterThan(50);
  const ways = { data: 0, consent: 0, final: 0 };
  for (const [i, method] of methods.entries()) {
    const { name, risk, unavailable } = method;
    const args = argsFor(method);
    const { mind, asked } = await scripted(registry, [
      { text: `${JSON.stringify({ tool: name, args })} Done!` },
      { text: 'Good.' },
    ]);
    called.mockClear();
    const { events, said } = await ask(mind, 'Where are we in the year?', controlsOf(`s${i}`));
    expect(called.mock.calls.map(([tool, given]) => [tool, given])).toEqual([[name, args]]);
    const result = await called.mock.results[0]?.value;
    expect(String(result.error), name).not.toMatch(/^TWIN_TOOL_(ARGS|UNKNOWN|FAILED)$/);
    expect(events, name).toContainEqual(expect.objectContaining({ type: 'toolResult', tool: name, ok: result.ok }));
    const words = said.replace(FILLER, '');
    if (name.startsWith('final_answer.') || (risk === 'sensitive' && !unavailable)) {
      ways[risk === 'sensitive' ? 'consent' : 'final']++;
      if (risk === 'sensitive') expect(result.error, name).toBe('TWIN_ASKING');
      expect([words, asked.length], name).toEqual([result.output, 1]);
      continue;
    }
    ways.data++;
    if (unavailable) expect(result.error, name).toBe('TWIN_TOOL_UNAVAILABLE');
    expect(words, name).toBe('Good.');
    expect(asked, name).toHaveLength(2);
    expect(asked[1]?.messages.at(-1)?.content, name).toContain(quoted(result.output, 1500));
  }
  expect(Object.values(ways).every((n) => n > 1)).toBe(true);
});

const lamp = () => {
  const ran: unknown[] = [];
  const run = (args: { on: boolean }) => {
    ran.push(args);
    return { ok: true as const, output: 'The lamp is on. >>>' };
  };
  const method = { description: 'Switches the attic lamp.', args: z.strictObject({ on: z.boolean() }), run };
  const lamp = { ...method, risk: 'write' as const, examples: ['switch the attic lamp on'] };
  return { ran, registry: new ToolRegistry([{ name: 'attic', description: 'x', methods: { lamp } }]) };
};

test('a call that comes natively in pieces is put together, run, and answered as a tool message', async () => {
  const { ran, registry } = lamp();
  const { mind, asked } = await scripted(registry, [
    { call: 'attic__lamp', pieces: ['', '{"o', 'n": tr', 'ue}'] },
    { text: 'It is lit.' },
  ]);
  expect((await ask(mind, 'I want the attic lamp to burn.', controlsOf('a'))).said).toBe('It is lit.');
  expect(ran).toEqual([{ on: true }]);
  expect(asked[0]?.body.tools).toMatchObject([{ function: { name: 'attic__lamp' } }]);
  const result = (asked[1]?.body.messages as object[] | undefined)?.at(-1);
  expect(result).toMatchObject({ role: 'tool', content: expect.stringContaining('<<<\nThe lamp is on. ›››\n>>>') });
});

test('a server that refuses tools is told of them in words', async () => {
  const { ran, registry } = lamp();
  const answers = [{ text: '{"tool": "attic.lamp", "args": {"on": true}}' }, { text: 'It is lit.' }];
  const { mind, asked } = await scripted(registry, answers, true);
  expect((await ask(mind, 'I want the attic lamp to burn.', controlsOf('a'))).said).toBe('It is lit.');
  expect(ran).toEqual([{ on: true }]);
  expect(asked.map(({ body }) => body.tools !== undefined)).toEqual([true, false, false]);
  expect(asked[1]?.messages.at(-1)?.content).toMatch(/You can use one of these tools:\n- attic\.lamp \{on: boolean\}/);
});
