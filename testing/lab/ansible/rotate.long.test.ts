import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { asManager, on } from './on-node.js';
import { type Played, play } from './playbook.js';

/** What docs/runbook.md says about keys and tokens, done. */
const MINUTES = 60_000;
let lab: Lab;
let node: LabNode;

const converge = async (): Promise<Played> => {
  const run = await play(lab, 'playbook.yaml', { controllers: [node] });
  expect(run.code, run.text).toBe(0);
  return run;
};

beforeAll(async () => {
  lab = await openLab({ name: 'ansible-rotate', nodes: 1 });
  node = lab.nodes[0] as LabNode;
  const { seconds } = await converge();
  console.info(`all roles, one machine: ${seconds.toFixed(1)} s`);
}, 10 * MINUTES);
afterAll(() => lab?.close());

const ready = (): Promise<boolean> =>
  until('The cluster', async () =>
    /ready/.test(await asManager(node, 'consul members >/dev/null && nomad node status').catch(() => '')),
  );

test('one machine alone is a cluster, and a second run changes nothing', { timeout: 5 * MINUTES }, async () => {
  await ready();
  const { changes, seconds } = await converge();
  console.info(`all roles, one machine, again: ${seconds.toFixed(1)} s`);
  expect(changes).toEqual([]);
});

test('a removed certificate is replaced by one with another key, and both agents use it', {
  timeout: 5 * MINUTES,
}, async () => {
  const served = (port: number): Promise<string> =>
    on(
      node,
      `echo | openssl s_client -connect ${node.address}:${port} -servername x 2>/dev/null | openssl x509 -noout -serial || true`,
    );
  const file = (): Promise<string> => on(node, 'openssl x509 -in /etc/twin/tls/node.pem -noout -serial');
  const before = await file();
  const started = await on(node, 'systemctl show -p MainPID --value consul nomad');
  await on(node, 'rm /etc/twin/tls/node.pem /etc/twin/tls/node-key.pem');
  await converge();
  expect(await file()).not.toBe(before);
  expect(await on(node, 'systemctl show -p MainPID --value consul nomad')).not.toBe(started);
  expect([await served(8300), await served(4647)]).not.toContain(before);
  await ready();
});

test.each([
  ['/etc/consul.d/agent_token', 'Consul agent of node1'],
  ['/etc/nomad.d/consul_token', 'Nomad agent of node1'],
])('%s, removed, is made anew; the old one can go', { timeout: 5 * MINUTES }, async (path, description) => {
  const tokens = async (): Promise<string[]> => {
    const all = JSON.parse(await asManager(node, 'consul acl token list -format=json')) as {
      AccessorID: string;
      Description: string;
    }[];
    return all.filter((token) => token.Description === description).map((token) => token.AccessorID);
  };
  const [old] = await tokens();
  await on(node, `rm ${path}`);
  await converge();
  expect(await tokens()).toHaveLength(2);
  await asManager(node, `consul acl token delete -accessor-id ${old}`);
  await ready();
  expect((await converge()).changes).toEqual([]);
});

test('the gossip key of Consul', { timeout: 5 * MINUTES }, async () => {
  const old = await on(node, 'cat /etc/consul.d/gossip_key');
  const key = await on(node, 'consul keygen');
  await asManager(node, `consul keyring -install ${key} && consul keyring -use ${key}`);
  await on(node, `umask 077; echo ${key} >/etc/consul.d/gossip_key`);
  await converge();
  await asManager(node, `consul keyring -remove ${old}`);
  expect(await asManager(node, 'consul keyring -list')).not.toContain(old);
  await on(node, 'systemctl restart consul');
  await ready();
  expect(await asManager(node, 'consul keyring -list')).toContain(key);
});

test('a lost management token of Consul', { timeout: 5 * MINUTES }, async () => {
  await on(node, 'rm /etc/consul.d/management_token');
  expect((await play(lab, 'playbook.yaml', { controllers: [node], args: ['--tags', 'consul'] })).code).not.toBe(0);
  const said = await on(node, 'curl -s -X PUT http://127.0.0.1:8500/v1/acl/bootstrap');
  const index = /reset index: (\d+)/.exec(said)?.[1];
  await on(node, `echo ${index} >/opt/consul/acl-bootstrap-reset && chown consul /opt/consul/acl-bootstrap-reset`);
  await converge();
  await ready();
});

test('a lost management token of Nomad', { timeout: 5 * MINUTES }, async () => {
  await on(node, 'rm /etc/nomad.d/management_token');
  expect((await play(lab, 'playbook.yaml', { controllers: [node], args: ['--tags', 'nomad'] })).code).not.toBe(0);
  const said = await on(node, 'curl -s -X POST http://127.0.0.1:4646/v1/acl/bootstrap');
  const index = /reset index: (\d+)/.exec(said)?.[1];
  await on(node, `echo ${index} >/opt/nomad/data/server/acl-bootstrap-reset`);
  await converge();
  await ready();
});
