import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { both, Controllers, leadersOf } from './controllers.js';
import { on } from './on-node.js';
import type { Played } from './playbook.js';
import { fromRunbook } from './runbook.js';
import { runSleeper, whereRuns } from './sleeper-job.js';

/** Three controllers lose the first for good, then the next: what docs/runbook.md says, command by command. */
const MINUTES = 60_000;
let cluster: Controllers;
let one: LabNode;
let two: LabNode;
let three: LabNode;

beforeAll(async () => {
  cluster = await Controllers.open('another-primary');
  [one, two, three] = cluster.nodes;
  for (const name of ['node2', 'node3']) await cluster.edit('move', name, 'controller_nodes');
  await cluster.converge();
}, 15 * MINUTES);
afterAll(() => cluster?.lab.close());

/** Runs commands that the runbook gives for the machine that runs Ansible, with this lab's inventory; the last playbook's run. */
async function follow(commands: string): Promise<Played> {
  let run: Played | undefined;
  for (const command of commands.split('\n')) {
    const [program = '', ...args] = command.split(' ');
    if (program === 'scripts/inventory.py') await cluster.edit(...args);
    else if (program === 'ansible-playbook') run = await cluster.good(args[0] ?? '', ...args.slice(1));
    else throw new Error(`The runbook says ${command}, and this test does not know how.`);
  }
  if (!run) throw new Error('The runbook names no playbook.');
  return run;
}

test('three machines start as controllers at once; a second run changes nothing', {
  timeout: 5 * MINUTES,
}, async () => {
  await cluster.votersBecome(one, 'node1', 'node2', 'node3');
  expect((await cluster.good('playbook.yaml')).changes).toEqual([]);
  await cluster.managed(one, 'consul kv put pipecat/config/kept 17');
});

test('the primary is gone for good: the next one takes its place', { timeout: 12 * MINUTES }, async () => {
  await one.kill();
  await cluster.ledBy(two, two, three);
  await follow(await fromRunbook('**Then** the first of', { LOST: 'node1' }));
  expect(await cluster.members('controller_nodes')).toEqual(['node2', 'node3']);
  expect((await cluster.good('playbook.yaml')).changes).toEqual([]);
  expect(await cluster.managed(two, 'consul kv get pipecat/config/kept')).toBe('17');
  await runSleeper(cluster, two, 'later');
  await until('A job', async () => (await whereRuns(cluster, two, 'later')).length === 1, { patienceMs: MINUTES });
  await cluster.votersBecome(two, 'node2', 'node3');
});

test('the lost machine, with a new disk, comes back as a worker', { timeout: 10 * MINUTES }, async () => {
  await one.reset();
  await cluster.standIn(one);
  await cluster.edit('add-worker', 'node1', one.address);
  await cluster.good('playbook.yaml');
  expect(await cluster.voters(two)).toEqual(both('node2', 'node3'));
  const known = await cluster.managed(two, 'consul members; nomad node status');
  expect(known).toMatch(/node1 +10\.77\.0\.11:8301 +alive +client/);
  expect(known).toMatch(/ node1 .* ready/);
  // Signed by the authority that the first controller had: the machine that took its place has a copy.
  await on(one, 'openssl verify -CAfile /etc/twin/tls/ca.pem /etc/twin/tls/node.pem');
});

test('no leader any more: the one that is left goes on alone', { timeout: 8 * MINUTES }, async () => {
  await three.kill();
  const led = async (): Promise<boolean> => (await leadersOf(two)).includes(`"${two.address}:`);
  await until('The loss', async () => !(await led()), { patienceMs: 2 * MINUTES });
  await on(two, await fromRunbook('**No leader any more:**', { ADDRESS: two.address }));
  await cluster.votersBecome(two, 'node2');
  expect(await cluster.managed(two, 'consul kv get pipecat/config/kept')).toBe('17');
  expect((await two.ssh('ls /opt/consul/raft/peers.json /opt/nomad/data/server/raft/peers.json')).code).not.toBe(0);
  await cluster.edit('remove', 'node3');
  await cluster.good('playbook.yaml');
  await runSleeper(cluster, two, 'last');
  await until('A job', async () => (await whereRuns(cluster, two, 'last')).length === 1, { patienceMs: MINUTES });
});
