import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { labImpossible } from '../possible.js';
import { asManager, statuses } from './on-node.js';
import { type Played, play } from './playbook.js';

/** The short form of cluster.long.test.ts: all roles, on one machine. */
const MINUTES = 60_000;
const impossible = await labImpossible();
let lab: Lab;
let node: LabNode;
let first: Played;

beforeAll(async () => {
  if (impossible) return;
  lab = await openLab({ name: 'ansible-one', nodes: 1 });
  node = lab.nodes[0] as LabNode;
  first = await play(lab, 'playbook.yaml', { controllers: [node] });
}, 10 * MINUTES);
afterAll(() => lab?.close());
beforeEach(({ skip }) => {
  if (impossible) skip(impossible.message);
});

test('a bare machine becomes a cluster of one, and a second run changes nothing', {
  timeout: 5 * MINUTES,
}, async () => {
  expect(first.code, first.text).toBe(0);
  const members = await until('The cluster', () =>
    asManager(node, 'consul members && nomad node status').catch(() => undefined),
  );
  expect(members).toMatch(/alive[\s\S]*ready/);
  const again = await play(lab, 'playbook.yaml', { controllers: [node] });
  expect([again.code, again.changes]).toEqual([0, []]);
});

test('whoever has no token is refused', async () => {
  const calls = [{ path: 'consul/agent/self' }, { path: 'nomad/agent/self' }, { path: 'nomad/jobs' }];
  expect(await statuses(node, calls)).toEqual([403, 403, 403]);
});
