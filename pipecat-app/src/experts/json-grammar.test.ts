import fc from 'fast-check';
import { getLlama, LlamaLogLevel } from 'node-llama-cpp';
import { afterAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { specOf } from '../mind/tool-choice.js';
import { realTools } from '../tool-parts.fixture.js';
import { needsConsent } from '../tools/consent.js';
import { callForm } from './call-form.js';
import { gbnfWriter } from './gbnf.fixture.js';
import { jsonGrammar, LONGEST_OF_BASE } from './json-grammar.js';
import type { JsonSchema } from './tool-spec.js';

const schemaOf = (type: z.ZodType): JsonSchema =>
  z.toJSONSchema(type, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
/** Numbers from 0 to 1, each run the same. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return (state >>> 8) / 2 ** 24;
  };
}
/** Texts that fit the grammar of a schema. */
function written(schema: JsonSchema, count = 300): string[] {
  const write = gbnfWriter(jsonGrammar(schema));
  const random = randomFrom(11);
  return Array.from({ length: count }, () => write(random));
}

const TYPES: Record<string, z.ZodType> = {
  'keys that must be and may be': z.strictObject({
    a: z.string().optional(),
    b: z.number().int().min(2).max(100).default(6),
    c: z.boolean(),
    d: z.enum(['x', 'a"b', 'ö']).optional(),
  }),
  'keys that all may be missing': z.strictObject({ a: z.string().optional(), b: z.null().optional() }),
  'no keys': z.strictObject({}),
  lengths: z.strictObject({ text: z.string().min(3).max(5), list: z.array(z.boolean()).min(1).max(3) }),
  'one of several': z.union([z.string().max(3), z.number().min(0).max(1), z.array(z.literal(4)).max(2)]),
  'a record': z.record(z.string(), z.number()),
  'any JSON': z.json(),
  patterns: z.strictObject({
    name: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,63}$/),
    keys: z
      .string()
      .max(60)
      .regex(/^[A-Za-z0-9_]+(\+[A-Za-z0-9_]+){0,4}$/),
    file: z.string().regex(/^\w+(\.ya?ml|\.json)?$/),
    odd: z.string().regex(/^[^"\]-]x?\d\.$/),
  }),
};

test.each(Object.entries(TYPES))('what fits the grammar parses and is valid: %s', (_, type) => {
  for (const text of written(schemaOf(type))) expect(type.safeParse(JSON.parse(text)).success, text).toBe(true);
});

test('whole numbers are in their limits, and every one of them can be written', () => {
  const range = fc.tuple(fc.integer({ min: -3000, max: 3000 }), fc.nat(400));
  fc.assert(
    fc.property(range, ([least, width]) => {
      const schema = { type: 'integer', minimum: least, maximum: least + width };
      const all = new Set(written(schema, 60).map(Number));
      for (const one of all) expect(one >= least && one <= least + width).toBe(true);
      if (width <= 2) expect(all.size).toBe(width + 1);
    }),
    { numRuns: 60 },
  );
});

test('llama.cpp reads the grammar of every tool, and refuses what is none', async () => {
  const { registry, close } = realTools(needsConsent);
  const methods = registry.list();
  await close();
  const llama = await getLlama({ gpu: false, build: 'never', skipDownload: true, logLevel: LlamaLogLevel.disabled });
  try {
    await expect(llama.createGrammar({ grammar: 'root ::= (' })).rejects.toThrow();
    for (const longest of [undefined, LONGEST_OF_BASE])
      for (const [i, method] of methods.entries()) {
        const three = [method, ...methods.slice(i + 1), ...methods].slice(0, 4);
        const grammar = jsonGrammar(callForm(three.map(specOf)), longest);
        await expect(llama.createGrammar({ grammar }), method.name).resolves.toBeDefined();
      }
  } finally {
    await llama.dispose();
  }
}, 60_000);

describe('every tool of the agent', () => {
  const { registry, close } = realTools(needsConsent);
  afterAll(close);
  // Rules between two arguments, and patterns with classes of Unicode or with what may not follow, are left to the registry.
  const LEFT =
    /^(timer\.set|git\.branch|mcp\.set|power\.policy|smol_agent_computer\.\w+|web_browser\.open|desktop_control\.type)$/;

  test.each(registry.list().map((method) => [method.name, method] as const))('%s', (name, method) => {
    const form = callForm([specOf(method)]);
    let calls = 0;
    for (const text of written(form, 80)) {
      const value = JSON.parse(text) as { tool?: string; args?: unknown; answer?: string };
      if (value.tool === undefined) {
        expect(Object.keys(value)).toEqual(['answer']);
        continue;
      }
      calls++;
      expect(value.tool).toBe(name);
      const { success, error } = method.args.safeParse(value.args);
      if (!LEFT.test(name)) expect(success, `${text} ${error?.message}`).toBe(true);
    }
    expect(calls).toBeGreaterThan(10);
  });
});
