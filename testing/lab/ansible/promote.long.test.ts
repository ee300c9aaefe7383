import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { both, Controllers, said } from './controllers.js';
import { on } from './on-node.js';
import { runSleeper, whereRuns } from './sleeper-job.js';

/** One controller becomes three, then two. What comes when one is lost: first-controller and another-primary. */
const MINUTES = 60_000;
let cluster: Controllers;
let one: LabNode;
let two: LabNode;
let three: LabNode;

beforeAll(async () => {
  cluster = await Controllers.open('promote-nodes');
  [one, two, three] = cluster.nodes;
  await cluster.converge();
  for (const node of [two, three]) await on(node, 'echo weights >/opt/nomad/models/some.gguf');
}, 15 * MINUTES);
afterAll(() => cluster?.lab.close());

const inventory = (): Promise<string> => readFile(cluster.inventory, 'utf8');

test.each([
  ['a machine of another name', 'node', 'in neither controller_nodes nor worker_nodes'],
  ['a controller', 'node1', 'node1 is already a controller'],
])('%s is refused', { timeout: 2 * MINUTES }, async (_what, name, message) => {
  const before = await inventory();
  const run = await cluster.playbook('promote_controller.yaml', '-e', `target_hostname=${name}`);
  expect([run.code === 0, run.changes]).toEqual([false, []]);
  expect(said(run)).toContain(message);
  expect(await inventory()).toBe(before);
});

test('a power cut while it waits: the inventory is as it was, the cluster goes on, and the way back is the one it names', {
  timeout: 12 * MINUTES,
}, async () => {
  const before = await inventory();
  const promoted = cluster.promote(three, '-e', 'membership_voter_s=15');
  const peers = (): Promise<string> => cluster.managed(one, 'consul operator raft list-peers');
  await until('The new server', async () => /node3/.test(await peers()), { patienceMs: 5 * MINUTES });
  await three.kill();
  const run = await promoted;
  expect(run.code).not.toBe(0);
  expect(said(run)).toMatch(/node3 did not become a controller.*is as it was.*Next: switch it on again/);
  expect(await inventory()).toBe(before);
  await cluster.votersBecome(one, 'node1');

  // It may be down, or never have been one.
  const ready = async (): Promise<boolean> => /node3.* ready/.test(await cluster.managed(one, 'nomad node status'));
  await until('node3 gone in Nomad', async () => !(await ready()), { patienceMs: 2 * MINUTES });
  const refused = await cluster.promote(three);
  expect([refused.code === 0, refused.changes]).toEqual([false, []]);
  expect(said(refused)).toContain('node3 is not ready in Nomad');

  await three.start();
  const alive = async (): Promise<boolean> => /node3 .*alive/.test(await cluster.managed(one, 'consul members'));
  await until('node3 in Consul', alive, { patienceMs: MINUTES });
  const demoted = await cluster.demote(three);
  if (said(demoted).includes('node3 is already a worker')) await cluster.good('playbook.yaml', '--limit', 'node3');
  else expect(demoted.code, demoted.text).toBe(0);
  expect(await cluster.voters(one)).toEqual(both('node1'));
  expect(await inventory()).toBe(before);
});

test('a worker becomes a controller; its jobs go elsewhere, its models stay', { timeout: 8 * MINUTES }, async () => {
  await runSleeper(cluster, one, 'sleeper');
  await until('The job', async () => (await whereRuns(cluster, one, 'sleeper')).includes('node2'));
  expect(await cluster.voters(one)).toEqual(both('node1'));
  const run = await cluster.promote(two);
  expect(run.code, run.text).toBe(0);
  expect(await cluster.voters(one)).toEqual(both('node1', 'node2'));
  expect(await cluster.members('controller_nodes')).toEqual(['node1', 'node2']);
  expect(await inventory()).toContain('        # Under the stairs\n        node2:');
  const kept = await readFile(`${cluster.inventory}.bak`, 'utf8');
  expect(kept).toMatch(/worker_nodes:\n +hosts:\n +# Under the stairs\n +node2:/);
  expect(await whereRuns(cluster, one, 'sleeper')).toEqual(['node3']);
  expect(await on(two, 'cat /opt/nomad/models/some.gguf')).toBe('weights');
  expect((await cluster.managed(one, 'nomad node status')).match(/node2/g)).toHaveLength(1);
});

test('another one too; then a second time is refused and changes nothing', { timeout: 8 * MINUTES }, async () => {
  const run = await cluster.promote(three);
  expect(run.code, run.text).toBe(0);
  expect(await cluster.voters(one)).toEqual(both('node1', 'node2', 'node3'));
  expect(await cluster.members('worker_nodes')).toEqual([]);
  const again = await cluster.promote(three);
  expect([again.code === 0, again.changes]).toEqual([false, []]);
  expect(said(again)).toContain('node3 is already a controller');
});

test('a run over all changes nothing', { timeout: 5 * MINUTES }, async () => {
  expect((await cluster.good('playbook.yaml')).changes).toEqual([]);
});

test('a controller that is just written to the other group is stopped before anything changes', {
  timeout: 3 * MINUTES,
}, async () => {
  await cluster.edit('move', 'node3', 'worker_nodes');
  const run = await cluster.playbook('playbook.yaml');
  await cluster.edit('move', 'node3', 'controller_nodes');
  expect([run.code === 0, run.changes]).toEqual([false, []]);
  expect(said(run)).toContain('Next: ansible-playbook demote_controller.yaml -e target_hostname=node3');
});

test('the primary itself is not taken out', { timeout: 3 * MINUTES }, async () => {
  const run = await cluster.demote(one);
  expect([run.code === 0, run.changes]).toEqual([false, []]);
  expect(said(run)).toContain('node1 is the primary controller');
});

test('a controller becomes a worker again', { timeout: 8 * MINUTES }, async () => {
  await on(three, 'test -s /etc/twin/ca/ca-key.pem');
  const run = await cluster.demote(three);
  expect(run.code, run.text).toBe(0);
  expect(await cluster.voters(one)).toEqual(both('node1', 'node2'));
  expect(await cluster.members('worker_nodes')).toEqual(['node3']);
  expect(await on(three, 'cat /opt/nomad/models/some.gguf')).toBe('weights');
  expect((await three.ssh('ls /etc/twin/ca /etc/consul.d/management_token')).code).not.toBe(0);
  const names = await on(three, 'openssl x509 -in /etc/twin/tls/node.pem -noout -ext subjectAltName');
  expect(names).not.toContain('server.');
  expect((await cluster.managed(one, 'nomad node status')).match(/node3/g)).toHaveLength(1);
  const again = await cluster.demote(three);
  expect([again.code === 0, again.changes]).toEqual([false, []]);
  expect(said(again)).toContain('node3 is already a worker');
});
