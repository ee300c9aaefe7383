import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { captured } from './capture.js';
import { asManager, on } from './on-node.js';
import { type Played, play } from './playbook.js';
import { standInForCgroups } from './stand-in-cgroups.js';

/** Where the kernel has no WireGuard, as in most labs, nodes run Debian's wireguard-go: the same protocol. */
const MINUTES = 60_000;
const WORDS = 'a sentence that nobody else may read';
let lab: Lab;
let one: LabNode;
let two: LabNode;
let three: LabNode;

beforeAll(async () => {
  lab = await openLab({ name: 'promote-wireguard', nodes: 3 });
  [one, two, three] = lab.nodes as [LabNode, LabNode, LabNode];
  for (const node of lab.nodes) await standInForCgroups(node);
}, 5 * MINUTES);
afterAll(() => lab?.close());

const inside = (node: LabNode): string => node.address.replace('10.77.', '10.78.');
const converge = (workers: readonly LabNode[], ...args: string[]): Promise<Played> =>
  play(lab, 'playbook.yaml', { controllers: [one], workers, args: ['-e', '{"wireguard": true}', ...args] });
const members = (pattern: RegExp, count: number): Promise<boolean> =>
  until(
    'The members',
    async () => (await asManager(one, 'consul members | tail -n +2')).match(pattern)?.length === count,
  );

test('two machines become a cluster inside of it, and a second run changes nothing', {
  timeout: 10 * MINUTES,
}, async () => {
  const run = await converge([two]);
  console.info(`two machines with WireGuard: ${run.seconds.toFixed(1)} s`);
  expect(run.code, run.text).toBe(0);
  await members(/10\.78\.0\.1[12]:8301 +alive/g, 2);
  const again = await converge([two]);
  expect([again.code, again.changes], again.text).toEqual([0, []]);
});

test('a third one, by itself: the others get to know it', { timeout: 10 * MINUTES }, async () => {
  const run = await converge([two, three], '--limit', three.name);
  expect(run.code, run.text).toBe(0);
  await members(/10\.78\.0\.1[123]:8301 +alive/g, 3);
  expect((await on(two, 'wg show wg0 peers')).split('\n')).toHaveLength(2);
  const again = await converge([two, three]);
  expect([again.code, again.changes], again.text).toEqual([0, []]);
});

test('the private key is on its node only, for root', async () => {
  const keys = await Promise.all(lab.nodes.map((node) => on(node, 'cat /etc/twin/wireguard/private.key')));
  expect(new Set(keys).size).toBe(3);
  for (const node of lab.nodes) {
    expect(await on(node, 'stat -c "%a %U" /etc/twin/wireguard/private.key /etc/twin/wireguard')).toBe(
      '600 root\n700 root',
    );
    const elsewhere = keys.filter((_, index) => lab.nodes[index] !== node);
    const found = await on(node, `grep -rlF -e '${elsewhere.join("' -e '")}' /etc /opt /root /var/log /tmp || true`);
    expect(found).toBe('');
  }
});

test('nothing of the cluster answers outside of it, all of it inside', async () => {
  const reach = async (address: string, port: number): Promise<boolean> =>
    (await two.ssh(`timeout 3 bash -c '</dev/tcp/${address}/${port}'`)).code === 0;
  for (const port of [8300, 8301, 4647, 4648]) {
    expect([port, await reach(one.address, port), await reach(inside(one), port)]).toEqual([port, false, true]);
  }
  expect(await reach(one.address, 22)).toBe(true);
});

test('on the cable there is no clear word of the cluster', { timeout: 5 * MINUTES }, async () => {
  await on(one, `mkdir -p /srv/said && echo '${WORDS}' >/srv/said/index.html`);
  for (const [unit, port] of [
    ['inside', 20_001],
    ['outside', 8000],
  ] as const) {
    await on(one, `systemd-run --quiet --unit ${unit} python3 -m http.server ${port} --directory /srv/said`);
  }
  const fetch = (address: string): Promise<unknown> =>
    until('The page', async () => (await two.ssh(`curl -sf -m 3 http://${address}/`)).stdout.includes(WORDS));
  const quiet = await captured(lab, { node: one, words: WORDS }, async () => {
    await fetch(`${inside(one)}:20001`);
    await asManager(one, `consul kv put pipecat/config/said '${WORDS}'`);
    // Asks the server on the first node, by Consul's own protocol.
    await on(two, 'CONSUL_HTTP_TOKEN=$(cat /etc/consul.d/agent_token) consul catalog nodes');
    await on(two, 'systemctl restart nomad');
    await members(/ alive/g, 3);
  });
  console.info(`on the cable: ${JSON.stringify(quiet)}`);
  expect(quiet.found).toBe(0);
  expect(Object.keys(quiet.kinds)).toEqual(['udp 51820']);
  expect(quiet.packets).toBeGreaterThan(20);
  // The same page where anyone of the network may ask for it: the capture does see words.
  const clear = await captured(lab, { node: one, words: WORDS }, () => fetch(`${one.address}:8000`));
  expect(clear.found).toBeGreaterThan(0);
});

test('a restart brings it back before Consul needs it', { timeout: 3 * MINUTES }, async () => {
  await two.kill();
  await two.start();
  const seen = (): Promise<string> =>
    on(two, 'CONSUL_HTTP_TOKEN=$(cat /etc/consul.d/agent_token) consul members | tail -n +2');
  await until('The members', async () => (await seen()).match(/10\.78\.0\.1[123]:8301 +alive/g)?.length === 3);
  expect(await on(two, 'systemctl show -p NRestarts --value consul nomad')).toMatch(/^0\s+0$/);
});
