import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import type { Quant } from '../models/catalogue.js';
import { plan } from './plan.js';
import { readInventory } from './plan-inventory.js';
import { lossOf } from './plan-models.js';
import type { Shape } from './plan-physics.js';
import type { PlanFile, PlanModel } from './plan-types.js';

type Expected = { on?: string; form?: string; layers?: string; answer?: number; says?: string; no?: string };
type Golden = {
  machines: Record<string, Record<string, unknown>>;
  models: Record<string, { shape: Shape; files: Record<string, number> }>;
  clusters: {
    name: string;
    nodes: Record<string, string>;
    expect: Record<string, Expected>;
    unusable?: Record<string, string>;
  }[];
};

const golden = parse(readFileSync(new URL('./plan.golden.yaml', import.meta.url), 'utf8')) as Golden;

/** `core2-8gb 100mbit agent` as an entry of an inventory. */
function nodeOf([name, words]: [string, string]) {
  const [machine = '', ...more] = words.split(' ');
  const mbit = more.map((word) => /^(\d+)mbit$/.exec(word)?.[1]).find(Boolean);
  const ms = more.map((word) => /^(\d+)ms$/.exec(word)?.[1]).find(Boolean);
  return {
    name,
    ...golden.machines[machine],
    ...(mbit && { link_mbps: Number(mbit) }),
    ...(ms && { rtt_ms: Number(ms) }),
    agent: more.includes('agent'),
  };
}

function modelOf(name: string): PlanModel {
  const { shape, files } = golden.models[name]!;
  return {
    name,
    shape,
    files: Object.entries(files).map(([form, bytes]): PlanFile => {
      const [quant, word] = form.split(' ') as [Quant, string?];
      const file = { quant, pure: word === 'pure' };
      return { entry: `${name} ${form}`, ...file, bytes, ramMb: 0, loss: lossOf(file) };
    }),
  };
}

describe('the golden table', () => {
  test.each(golden.clusters)('$name', ({ nodes, expect: expected, unusable = {} }) => {
    const inventory = readInventory(JSON.stringify({ nodes: Object.entries(nodes).map(nodeOf) }));
    const made = plan(inventory, Object.keys(expected).map(modelOf));
    for (const [model, { on, form, layers, answer, says, no }] of Object.entries(expected)) {
      const placed = made.placed.find((one) => one.model === model);
      const refused = made.refused.find((one) => one.model === model);
      if (no !== undefined) {
        expect(placed).toBeUndefined();
        expect(refused?.reasons.join(' ')).toContain(no);
        continue;
      }
      expect(refused).toBeUndefined();
      expect(placed?.shares.map(({ node }) => node).join(' + ')).toBe(on);
      expect(placed?.quant).toBe(form);
      if (layers !== undefined) expect(placed?.shares.map((share) => share.layers).join(' + ')).toBe(layers);
      if (answer !== undefined) expect(Math.abs(placed!.answerTokensPerSecond / answer - 1)).toBeLessThan(0.03);
      if (says !== undefined) expect(placed?.reasons.join(' ')).toContain(says);
    }
    expect(made.unusable.map(({ node }) => node)).toEqual(Object.keys(unusable));
    for (const { node, reason } of made.unusable) expect(reason).toContain(unusable[node]);
  });
});

test('20 nodes and 10 models, none of which fits on one node, are planned in less than 50 ms', () => {
  const machines = ['core2-2gb', 'core2-4gb', 'i3-4gb', 'core2-4gb'];
  const nodes = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`n${i}`, machines[i % 4]!]));
  const inventory = readInventory(JSON.stringify({ nodes: Object.entries(nodes).map(nodeOf) }));
  const models = Array.from({ length: 10 }, (_, i) => ({ ...modelOf(i % 2 ? '30b' : '8b'), name: `m${i}` }));
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 10; round++) {
    const started = performance.now();
    const { placed, refused } = plan(inventory, models);
    best = Math.min(best, performance.now() - started);
    expect(placed.length + refused.length).toBe(10);
    expect(placed[0]!.shares.length).toBeGreaterThan(1);
  }
  expect(best).toBeLessThan(50);
});
