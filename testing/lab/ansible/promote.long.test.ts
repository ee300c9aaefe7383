import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../../bench/servers.js';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { must } from '../run-command.js';
import { asManager, on } from './on-node.js';
import { type Played, play } from './playbook.js';
import { standInForCgroups } from './stand-in-cgroups.js';

/** One controller becomes three, loses the first, gets it back, and goes on for good without it. */
const MINUTES = 60_000;
let lab: Lab;
let one: LabNode;
let two: LabNode;
let three: LabNode;
let inventory: string;
/** Management tokens, as a person keeps them: the first controller will be gone. */
let tokens: string;

beforeAll(async () => {
  lab = await openLab({ name: 'promote-nodes', nodes: 3 });
  [one, two, three] = lab.nodes as [LabNode, LabNode, LabNode];
  for (const node of lab.nodes) await standInForCgroups(node);
  inventory = join(lab.folder, 'promote.yaml');
  const made = await readFile(join(lab.folder, 'inventory.yaml'), 'utf8');
  await writeFile(inventory, made.replace('        node2:', '        # Under the stairs\n        node2:'));
  const run = await playbook('playbook.yaml');
  expect(run.code, run.text).toBe(0);
  const read = (file: string): Promise<string> => on(one, `cat ${file}`);
  const consul = await read('/etc/consul.d/management_token');
  tokens = `export CONSUL_HTTP_TOKEN=${consul} NOMAD_TOKEN=${await read('/etc/nomad.d/management_token')}`;
  for (const node of [two, three]) await on(node, 'echo weights >/opt/nomad/models/some.gguf');
}, 10 * MINUTES);
afterAll(() => lab?.close());

const playbook = (name: string, ...args: string[]): Promise<Played> =>
  play(lab, name, { inventory, args: ['-e', 'authority_on_controllers=true', ...args] });
const promote = (node: LabNode, ...args: string[]): Promise<Played> =>
  playbook('promote_controller.yaml', '-e', `target_hostname=${node.name}`, ...args);
const demote = (node: LabNode, ...args: string[]): Promise<Played> =>
  playbook('demote_controller.yaml', '-e', `target_hostname=${node.name}`, ...args);
const report = (what: string, { seconds }: Played): void => console.info(`${what}: ${seconds.toFixed(1)} s`);
const said = ({ text }: Played): string => text.replace(/\s*\n\s*/g, ' ');
const members = async (group: string): Promise<string[]> => {
  const rows = await must([join(ROOT, 'scripts/inventory.py'), '--file', inventory, 'list']);
  return rows.split('\n').flatMap((row) => (row.startsWith(`${group}\t`) ? [row.split('\t')[1] ?? ''] : []));
};

/** Who votes in Consul and in Nomad, as `node` sees it. */
async function voters(node: LabNode): Promise<{ consul: string[]; nomad: string[] }> {
  const peers = async (program: string): Promise<string[]> => {
    const table = await on(node, `${tokens}; ${program} operator raft list-peers`);
    const rows = table.split('\n').flatMap((row) => {
      const [name = '', , , , voter] = row.split(/\s+/);
      return voter === 'true' ? [name.replace('.global', '')] : [];
    });
    return rows.sort();
  };
  return { consul: await peers('consul'), nomad: await peers('nomad') };
}
const both = (...names: string[]) => ({ consul: names, nomad: names });
const votersBecome = (node: LabNode, ...names: string[]): Promise<boolean> =>
  until(`${names} as voters`, async () => JSON.stringify(await voters(node)) === JSON.stringify(both(...names)), {
    patienceMs: 2 * MINUTES,
  });

const SLEEPER = (job: string): string => `
job "${job}" {
  group "g" {
    constraint {
      attribute = "\${node.unique.name}"
      operator  = "!="
      value     = "node1"
    }
    affinity {
      attribute = "\${node.unique.name}"
      value     = "node2"
      weight    = 100
    }
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/sleep"
        args    = ["infinity"]
      }
      resources {
        cpu    = 50
        memory = 32
      }
    }
  }
}`;
const runJob = async (node: LabNode, job: string): Promise<void> => {
  const { code, stdout, stderr } = await node.ssh(`${tokens}; nomad job run -`, { input: SLEEPER(job) });
  expect(code, stdout + stderr).toBe(0);
};
const whereRuns = async (node: LabNode, job: string): Promise<string[]> => {
  const listed = JSON.parse(await on(node, `${tokens}; nomad job allocs -json ${job}`)) as {
    ClientStatus: string;
    NodeName: string;
  }[];
  return listed.filter(({ ClientStatus }) => ClientStatus === 'running').map(({ NodeName }) => NodeName);
};

test.each([
  ['a machine of another name', 'node', 'in neither controller_nodes nor worker_nodes'],
  ['a controller', 'node1', 'node1 is already a controller'],
])('%s is refused', { timeout: 2 * MINUTES }, async (_what, name, message) => {
  const before = await readFile(inventory, 'utf8');
  const run = await playbook('promote_controller.yaml', '-e', `target_hostname=${name}`);
  expect([run.code === 0, run.changes]).toEqual([false, []]);
  expect(said(run)).toContain(message);
  expect(await readFile(inventory, 'utf8')).toBe(before);
});

test('a power cut while it waits: the inventory is as it was, the cluster goes on, and the way back is the one it names', {
  timeout: 12 * MINUTES,
}, async () => {
  const before = await readFile(inventory, 'utf8');
  const promoted = promote(three, '-e', 'membership_voter_s=15');
  await until('The new server', async () => /node3/.test(await asManager(one, 'consul operator raft list-peers')), {
    patienceMs: 5 * MINUTES,
  });
  await three.kill();
  const run = await promoted;
  report('a promotion that a power cut ends', run);
  expect(run.code).not.toBe(0);
  expect(said(run)).toMatch(/node3 did not become a controller.*is as it was.*Next: switch it on again/);
  expect(await readFile(inventory, 'utf8')).toBe(before);
  await votersBecome(one, 'node1');

  await until('node3 gone in Nomad', async () => !/node3.* ready/.test(await asManager(one, 'nomad node status')), {
    patienceMs: 2 * MINUTES,
  });
  const refused = await promote(three);
  expect([refused.code === 0, refused.changes]).toEqual([false, []]);
  expect(said(refused)).toContain('node3 is not ready in Nomad');

  await three.start();
  await until('node3 in Consul', async () => /node3 .*alive/.test(await asManager(one, 'consul members')), {
    patienceMs: MINUTES,
  });
  const demoted = await demote(three);
  if (said(demoted).includes('node3 is already a worker')) {
    const again = await playbook('playbook.yaml', '--limit', 'node3');
    expect(again.code, again.text).toBe(0);
  } else expect(demoted.code, demoted.text).toBe(0);
  expect(await voters(one)).toEqual(both('node1'));
  expect(await readFile(inventory, 'utf8')).toBe(before);
});

test('a worker becomes a controller; its jobs go elsewhere, its models stay', { timeout: 6 * MINUTES }, async () => {
  await runJob(one, 'sleeper');
  await until('The job', async () => (await whereRuns(one, 'sleeper')).includes('node2'));
  expect(await voters(one)).toEqual(both('node1'));
  const run = await promote(two);
  report('promote', run);
  expect(run.code, run.text).toBe(0);
  expect(await voters(one)).toEqual(both('node1', 'node2'));
  expect(await members('controller_nodes')).toEqual(['node1', 'node2']);
  expect(await readFile(inventory, 'utf8')).toContain('        # Under the stairs\n        node2:');
  expect(await readFile(`${inventory}.bak`, 'utf8')).toMatch(/worker_nodes:\n +hosts:\n +# Under the stairs\n +node2:/);
  expect(await whereRuns(one, 'sleeper')).toEqual(['node3']);
  expect(await on(two, 'cat /opt/nomad/models/some.gguf')).toBe('weights');
  expect((await on(one, `${tokens}; nomad node status`)).match(/node2/g)).toHaveLength(1);
});

test('another one too; then a second time is refused and changes nothing', { timeout: 6 * MINUTES }, async () => {
  const run = await promote(three);
  expect(run.code, run.text).toBe(0);
  expect(await voters(one)).toEqual(both('node1', 'node2', 'node3'));
  expect(await members('worker_nodes')).toEqual([]);
  const again = await promote(three);
  expect([again.code === 0, again.changes]).toEqual([false, []]);
  expect(said(again)).toContain('node3 is already a controller');
});

test('a run over all changes nothing', { timeout: 5 * MINUTES }, async () => {
  const run = await playbook('playbook.yaml');
  expect(run.code, run.text).toBe(0);
  expect(run.changes).toEqual([]);
});

test('a controller that is just written to the other group is stopped before anything changes', {
  timeout: 3 * MINUTES,
}, async () => {
  const move = (group: string): Promise<string> =>
    must([join(ROOT, 'scripts/inventory.py'), '--file', inventory, 'move', 'node3', group]);
  await move('worker_nodes');
  const run = await playbook('playbook.yaml');
  await move('controller_nodes');
  expect([run.code === 0, run.changes]).toEqual([false, []]);
  expect(said(run)).toContain('Next: ansible-playbook demote_controller.yaml -e target_hostname=node3');
});

const leaders = (node: LabNode): Promise<string> =>
  on(node, 'curl -s -m 5 http://127.0.0.1:8500/v1/status/leader; curl -s -m 5 http://127.0.0.1:4646/v1/status/leader');

test('the first controller loses its power: the cluster goes on', { timeout: 5 * MINUTES }, async () => {
  await asManager(one, 'consul kv put pipecat/config/kept 17');
  await one.kill();
  const began = performance.now();
  await until('Other leaders', async () => /^"10.77.0.1[23]:8300""10.77.0.1[23]:4647"$/.test(await leaders(two)), {
    patienceMs: MINUTES,
  });
  console.info(`other leaders of both: ${((performance.now() - began) / 1000).toFixed(1)} s`);
  expect(await on(three, `${tokens}; consul kv get pipecat/config/kept`)).toBe('17');
  await runJob(two, 'after');
  await until('A job', async () => (await whereRuns(three, 'after')).length === 1, { patienceMs: MINUTES });
});

test('with one of them gone, none of the others can be taken out, and none added', {
  timeout: 3 * MINUTES,
}, async () => {
  const run = await demote(three);
  expect([run.code === 0, run.changes]).toEqual([false, []]);
});

test('it comes back as one of three', { timeout: 5 * MINUTES }, async () => {
  await one.start();
  await votersBecome(two, 'node1', 'node2', 'node3');
});

test('a controller becomes a worker again', { timeout: 6 * MINUTES }, async () => {
  await on(three, 'test -s /etc/twin/ca/ca-key.pem');
  const run = await demote(three);
  report('demote', run);
  expect(run.code, run.text).toBe(0);
  expect(await voters(one)).toEqual(both('node1', 'node2'));
  expect(await members('worker_nodes')).toEqual(['node3']);
  expect(await on(three, 'cat /opt/nomad/models/some.gguf')).toBe('weights');
  expect((await three.ssh('ls /etc/twin/ca /etc/consul.d/management_token')).code).not.toBe(0);
  expect(await on(three, 'openssl x509 -in /etc/twin/tls/node.pem -noout -ext subjectAltName')).not.toContain(
    'server.',
  );
  const again = await demote(three);
  expect([again.code === 0, again.changes]).toEqual([false, []]);
  expect(said(again)).toContain('node3 is already a worker');
});

test('the primary itself is not taken out', { timeout: 3 * MINUTES }, async () => {
  const run = await demote(one);
  expect([run.code === 0, run.changes]).toEqual([false, []]);
  expect(said(run)).toContain('node1 is the primary controller');
});

test('the primary is gone for good: the next one takes its place', { timeout: 10 * MINUTES }, async () => {
  const third = await promote(three);
  expect(third.code, third.text).toBe(0);
  await one.kill();
  await until('Other leaders', async () => /^"10.77.0.1[23]:8300""10.77.0.1[23]:4647"$/.test(await leaders(two)), {
    patienceMs: MINUTES,
  });
  await must([join(ROOT, 'scripts/inventory.py'), '--file', inventory, 'remove', 'node1']);
  const run = await playbook('playbook.yaml');
  report('another primary', run);
  expect(run.code, run.text).toBe(0);
  const again = await playbook('playbook.yaml');
  expect(again.code, again.text).toBe(0);
  expect(again.changes).toEqual([]);
  await runJob(two, 'later');
  await until('A job', async () => (await whereRuns(two, 'later')).length === 1, { patienceMs: MINUTES });
});

test('no leader any more: the one that is left goes on alone, as the runbook says', {
  timeout: 6 * MINUTES,
}, async () => {
  await three.kill();
  const led = async (): Promise<boolean> => (await leaders(two)).includes(`${two.address}:8300"`);
  await until('The loss', async () => (await leaders(two)) === '""""' || !(await led()), { patienceMs: MINUTES });
  const peers = (id: string, port: number): string =>
    `printf '[{"id": "%s", "address": "${two.address}:${port}", "non_voter": false}]' "$(cat ${id})"`;
  await on(two, 'systemctl stop consul nomad');
  await on(
    two,
    `${peers('/opt/consul/node-id', 8300)} >/opt/consul/raft/peers.json; chown consul /opt/consul/raft/peers.json`,
  );
  const data = '/opt/nomad/data/server';
  await on(two, `${peers(`${data}/node-id`, 4647)} >${data}/raft/peers.json; systemctl start consul nomad`);
  await votersBecome(two, 'node2');
  expect(await on(two, `${tokens}; consul kv get pipecat/config/kept`)).toBe('17');
});
