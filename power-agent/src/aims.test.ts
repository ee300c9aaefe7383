import type { ServiceInstance } from '@twin/hashi/consul/instance.js';
import type { PowerState } from '@twin/hashi/power/power-kv.js';
import { expect, test } from 'vitest';
import { Aims } from './aims.js';

const NOW = 1_000_000;
const state = (more: Partial<PowerState>): PowerState => ({
  ...{ state: 'asleep', job: 'j', namespace: 'default', counts: {}, ports: [8080], nodes: ['attic'], slept: [] },
  ...{ at: NOW, by: 'x', ...more },
});
const instance = { node: 'attic', port: 8080 } as ServiceInstance;
const aimsOf = (kept: PowerState | undefined, instances: ServiceInstance[] = []): Aims =>
  new Aims(
    {
      names: () => ['s'],
      instances: () => instances,
      entry: () => ({ leases: [], ...(kept ? { state: kept } : {}) }),
    },
    'attic',
  );
const listens = new Set([8080]);
const silent = new Set<number>();
const modes = (aims: Aims, listening: Set<number>, now = NOW) => Object.fromEntries(aims.take(listening, now));

test('an instance is counted, and those of other nodes are not', () => {
  expect(modes(aimsOf(undefined, [instance, { ...instance, node: 'cellar', port: 8081 }]), listens)).toEqual({
    8080: 'watch',
  });
});

test('what sleeps is held from the moment it is drained, while its instance still listens', () => {
  expect(modes(aimsOf(state({ stopping: true }), [instance]), listens)).toEqual({ 8080: 'watch' });
  expect(modes(aimsOf(state({ stopping: true, drained: true }), [instance]), listens)).toEqual({ 8080: 'hold' });
  expect(modes(aimsOf(state({})), silent)).toEqual({ 8080: 'hold' });
});

test('a port that somebody else listens on afterwards is let go', () => {
  const aims = aimsOf(state({}));
  expect(modes(aims, listens)).toEqual({ 8080: 'hold' });
  expect(modes(aims, silent)).toEqual({ 8080: 'hold' });
  expect(modes(aims, listens)).toEqual({});
  expect(modes(aimsOf(state({})), listens, NOW + 120_000)).toEqual({});
});

test('while it wakes it is held until somebody listens', () => {
  expect(modes(aimsOf(state({ state: 'waking' })), silent)).toEqual({ 8080: 'hold' });
  expect(modes(aimsOf(state({ state: 'waking' }), [instance]), listens)).toEqual({ 8080: 'watch' });
});

test('what slept on other nodes is not ours', () => {
  expect(modes(aimsOf(state({ nodes: ['cellar'] })), silent)).toEqual({});
  expect(modes(aimsOf(state({ nodes: [] })), silent)).toEqual({ 8080: 'hold' });
});
