import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CPU_CLASSES } from '../models/cpu-class.js';
import { plan } from './plan.js';
import { type Seat, singles, splits } from './plan-candidates.js';
import { usableMb } from './plan-memory.js';
import { lossOf } from './plan-models.js';
import { estimateBytes, type Shape } from './plan-physics.js';
import { cheapestSplit } from './plan-split.js';
import type { PlanModel, PlanNode } from './plan-types.js';

const node = fc.record({
  ramMb: fc.integer({ min: 512, max: 32_768 }),
  cores: fc.integer({ min: 1, max: 8 }),
  cpu: fc.constantFrom(...CPU_CLASSES, undefined),
  bandwidthGbs: fc.double({ min: 1, max: 40, noNaN: true }),
  linkMbps: fc.constantFrom(54, 100, 1000, 10_000),
  roundTripMs: fc.double({ min: 0, max: 30, noNaN: true }),
  agent: fc.boolean(),
});
const cluster = fc
  .array(node, { minLength: 1, maxLength: 8 })
  .map((nodes): PlanNode[] => nodes.map((one, i) => ({ ...one, name: `n${i}` })));

const model = fc
  .record({
    layers: fc.integer({ min: 4, max: 64 }),
    hidden: fc.integer({ min: 4, max: 64 }).map((n) => n * 128),
    share: fc.double({ min: 0.05, max: 1, noNaN: true }),
    tied: fc.boolean(),
  })
  .map(({ layers, hidden, share, tied }, i = 0): PlanModel => {
    const vocab = 32_000;
    const inLayers = layers * 12 * hidden * hidden;
    const shape: Shape = {
      layers,
      hidden,
      vocab,
      tied,
      params: inLayers + vocab * hidden * (tied ? 1 : 2),
      active: Math.round(inLayers * share) + vocab * hidden,
      kvTokenBytes: layers * 1024,
    };
    const forms = [
      { quant: 'q8_0', pure: false },
      { quant: 'q4_k_m', pure: false },
      { quant: 'q4_0', pure: true },
    ] as const;
    const files = forms.map((form) => ({
      entry: `${form.quant}`,
      ...form,
      bytes: estimateBytes(shape, form.quant, form.pure),
      ramMb: 0,
      loss: lossOf(form),
    }));
    return { name: `m${i}`, shape, files };
  });
const models = fc
  .array(model, { minLength: 1, maxLength: 4 })
  .map((list) => list.map((one, i) => ({ ...one, name: `m${i}` })));
/** Whatever the speed, so that capacity alone decides. */
const ANY_SPEED = { leastTokensPerSecond: 0 };

const seatsOf = (nodes: readonly PlanNode[]): Seat[] =>
  nodes.flatMap((one) =>
    one.cpu && usableMb(one) > 0 ? [{ node: { ...one, cpu: one.cpu }, freeMb: usableMb(one), experts: 0 }] : [],
  );

describe('any cluster and any models', () => {
  test('equal inventories give equal plans, in whatever order the nodes are named', () => {
    fc.assert(
      fc.property(cluster, models, fc.infiniteStream(fc.nat()), (nodes, wanted, keys) => {
        const shuffled = nodes
          .map((one) => ({ one, key: keys.next().value as number }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(plan(shuffled, wanted)).toEqual(plan(nodes, wanted));
      }),
    );
  });

  test('no node is asked for more memory than it can spare', () => {
    fc.assert(
      fc.property(cluster, models, (nodes, wanted) => {
        const { placed } = plan(nodes, wanted, ANY_SPEED);
        for (const one of nodes) {
          const shares = placed.flatMap(({ shares }) => shares.filter((share) => share.node === one.name));
          const used = shares.reduce((sum, { memoryMb }) => sum + memoryMb, 0);
          expect(used).toBeLessThanOrEqual(usableMb(one));
        }
      }),
    );
  });

  test('every model gets a place with all its layers, or a refusal with a reason', () => {
    fc.assert(
      fc.property(cluster, models, (nodes, wanted) => {
        const { placed, refused } = plan(nodes, wanted);
        expect([...placed, ...refused].map((one) => one.model).sort()).toEqual(wanted.map(({ name }) => name).sort());
        for (const { reasons } of refused) expect(reasons.join('')).toMatch(/\w/);
        for (const { model: name, shares } of placed) {
          const { layers } = wanted.find((one) => one.name === name)!.shape;
          expect(shares.reduce((sum, share) => sum + share.layers, 0)).toBe(layers);
          expect(new Set(shares.map((share) => share.node)).size).toBe(shares.length);
          expect(shares.slice(1).every((share) => share.layers > 0)).toBe(true);
        }
      }),
    );
  });

  test('a model is split only when it fits on no node, and then over at least two', () => {
    fc.assert(
      fc.property(cluster, model, (nodes, wanted) => {
        const alone = singles(wanted, seatsOf(nodes), 4096);
        const { placed } = plan(nodes, [wanted], ANY_SPEED);
        const shares = placed[0]?.shares.length ?? 0;
        if (alone.length > 0) expect(shares).toBe(1);
        else expect(shares).not.toBe(1);
      }),
      { numRuns: 300 },
    );
  });

  test('a place on one node is on the node where a turn is shortest', () => {
    fc.assert(
      fc.property(cluster, model, (nodes, wanted) => {
        const alone = singles(wanted, seatsOf(nodes), 4096);
        const [placed] = plan(nodes, [wanted], ANY_SPEED).placed;
        if (!placed || alone.length === 0) return;
        const here = alone.filter(({ shares }) => shares[0]?.node === placed.shares[0]?.node);
        const shortest = (list: typeof alone): number => Math.min(...list.map(({ turn }) => turn));
        expect(shortest(here)).toBe(shortest(alone));
        const chosen = here.find(({ file }) => file.entry === placed.entry)!;
        expect(placed.answerTokensPerSecond).toBe(1 / chosen.answer);
        const fastEnough = chosen.answer <= 0.1 && chosen.prompt <= 0.01;
        expect(fastEnough || chosen.turn <= 1.25 * shortest(here)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  test('taking away a node that is not used changes nothing but the words', () => {
    fc.assert(
      fc.property(cluster, model, (nodes, wanted) => {
        const [placed] = plan(nodes, [wanted], ANY_SPEED).placed;
        if (!placed) return;
        const used = nodes.filter(({ name }) => placed.shares.some((share) => share.node === name));
        const [again] = plan(used, [wanted], ANY_SPEED).placed;
        expect(again?.shares).toEqual(placed.shares);
        expect(again?.answerTokensPerSecond).toBe(placed.answerTokensPerSecond);
      }),
    );
  });

  test('one more node never takes a place away', () => {
    fc.assert(
      fc.property(cluster, node, model, (nodes, more, wanted) => {
        const before = splits(wanted, seatsOf(nodes), 4096).map(({ turn }) => turn);
        const after = splits(wanted, seatsOf([...nodes, { ...more, name: 'more' }]), 4096).map(({ turn }) => turn);
        if (before.length > 0) expect(Math.min(...after)).toBeLessThanOrEqual(Math.min(...before));
      }),
    );
  });
});

describe('the cheapest split', () => {
  const worker = fc.record({
    room: fc.integer({ min: 0, max: 6 }),
    layerCost: fc.integer({ min: 1, max: 20 }),
    hopCost: fc.integer({ min: 0, max: 30 }),
  });

  test('is as cheap as the cheapest of all splits', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), fc.array(worker, { maxLength: 4 }), (layers, list) => {
        const workers = list.map((one, i) => ({ ...one, name: `w${i}` }));
        const found = cheapestSplit(layers, workers);
        expect(found?.cost ?? Number.POSITIVE_INFINITY).toBe(byTrying(layers, workers));
        const cost = found?.shares.reduce((sum, { name, layers: n }) => {
          const one = workers.find((w) => w.name === name)!;
          expect(n).toBeLessThanOrEqual(one.room);
          return sum + n * one.layerCost + one.hopCost;
        }, 0);
        expect(cost).toBe(found?.cost);
      }),
      { numRuns: 1000 },
    );
  });

  function byTrying(layers: number, workers: readonly { room: number; layerCost: number; hopCost: number }[]): number {
    const [first, ...rest] = workers;
    if (!first) return layers === 0 ? 0 : Number.POSITIVE_INFINITY;
    let best = byTrying(layers, rest);
    for (let n = 1; n <= Math.min(layers, first.room); n++) {
      best = Math.min(best, n * first.layerCost + first.hopCost + byTrying(layers - n, rest));
    }
    return best;
  }
});
