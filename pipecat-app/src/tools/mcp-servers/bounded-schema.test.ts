import { expect, test } from 'vitest';
import { z } from 'zod';
import { boundedSchema } from './bounded-schema.js';
import { INJECTION } from './injection.fixture.js';

const takes = (schema: object, value: unknown): boolean =>
  z.fromJSONSchema(boundedSchema(schema as Record<string, unknown>)).safeParse(value).success;

test('types, limits, choices and references are checked', () => {
  const schema = {
    type: 'object',
    properties: {
      name: { type: 'string', maxLength: 3 },
      size: { type: ['integer', 'null'], minimum: 1 },
      kind: { enum: ['a', 'b'] },
      where: { $ref: '#/$defs/place' },
      tags: { type: 'array', items: { type: 'string' }, maxItems: 2 },
      either: { oneOf: [{ type: 'string' }, { type: 'boolean' }] },
    },
    required: ['name', 'undeclared'],
    additionalProperties: false,
    $defs: { place: { type: 'object', properties: { x: { type: 'number' } }, required: ['x'] } },
  };
  const good = { name: 'abc', undeclared: 1 };
  expect(takes(schema, { ...good, size: null, kind: 'b', where: { x: 1 }, tags: ['t'], either: true })).toBe(true);
  for (const bad of [
    { name: 'abcd' },
    { size: 0 },
    { kind: 'c' },
    { where: {} },
    { tags: [1] },
    { either: 1 },
    { more: 1 },
  ])
    expect(takes(schema, { ...good, ...bad }), JSON.stringify(bad)).toBe(false);
  expect(takes(schema, { name: 'abc' })).toBe(false);
});

test('what is left out is taken: the server has the last word', () => {
  expect(takes({ properties: { a: { type: 'string', pattern: '^b$', format: 'email' } } }, { a: 'c' })).toBe(true);
  expect(takes({ patternProperties: { '^x': {} }, additionalProperties: false }, { x1: 1 })).toBe(true);
  expect(takes({ not: {}, if: {}, else: false }, {})).toBe(true);
});

const chain = Object.fromEntries(
  Array.from({ length: 40 }, (_, i) => {
    const next = { $ref: `#/$defs/d${i + 1}` };
    return [`d${i}`, { anyOf: [next, next], properties: { a: next, b: next } }];
  }),
);
let deep: object = {};
for (let i = 0; i < 5000; i++) deep = { properties: { a: deep } };

test.each([
  ['references that double', { $ref: '#/$defs/d0', $defs: chain }],
  [
    'a reference to itself',
    { $defs: { a: { properties: { a: { $ref: '#/$defs/a' } } } }, properties: { a: { $ref: '#/$defs/a' } } },
  ],
  ['a long expression', { properties: { a: { pattern: '(a+)+$' } } }],
  ['5000 levels', deep],
  ['100 000 properties', { properties: Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`p${i}`, {}])) }],
  [
    'names of objects',
    JSON.parse('{"properties": {"__proto__": {"type": "string"}, "constructor": {"type": "string"}}}'),
  ],
])('%s cost next to nothing', (_, schema) => {
  const bounded = boundedSchema(schema);
  expect(JSON.stringify(bounded).length).toBeLessThan(30_000);
  expect(JSON.stringify(bounded)).not.toMatch(/\$ref|pattern|__proto__/);
  const began = performance.now();
  z.fromJSONSchema(bounded).safeParse({ a: `${'a'.repeat(5000)}!` });
  // What it must not be is minutes.
  expect(performance.now() - began).toBeLessThan(10_000);
});

test('words are cut and harmless', () => {
  const text = JSON.stringify(boundedSchema({ properties: { a: { description: INJECTION.repeat(100) } } }));
  expect(text.length).toBeLessThan(300);
  expect(text).not.toMatch(/[<>]|\[SYSTEM_PROMPT\]/);
});
