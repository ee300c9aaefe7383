import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { asManager, type Call, on, statuses } from './on-node.js';
import { type Played, play } from './playbook.js';
import { probeAs } from './probe-job.js';
import { SCAN } from './scan.js';
import { standInForCgroups } from './stand-in-cgroups.js';

const MINUTES = 60_000;
let lab: Lab;
let first: LabNode;
let second: LabNode;
let third: LabNode;
/** Has no part in the cluster until it is added. */
let stranger: LabNode;

beforeAll(async () => {
  lab = await openLab({ name: 'ansible-cluster', nodes: 4 });
  [first, second, third, stranger] = lab.nodes as [LabNode, LabNode, LabNode, LabNode];
  for (const node of lab.nodes) await standInForCgroups(node);
}, 5 * MINUTES);
afterAll(() => lab?.close());

const converge = (...args: string[]): Promise<Played> =>
  play(lab, 'playbook.yaml', { controllers: [first], workers: [second, third], args });
const report = (what: string, { seconds }: Played): void => console.info(`${what}: ${seconds.toFixed(1)} s`);

describe.each(['common', 'consul', 'nomad', 'depot', 'llama', 'speech'])('role %s', (role) => {
  test('brings the machines there', { timeout: 10 * MINUTES }, async () => {
    const run = await converge('--tags', role);
    report(`role ${role}, three machines`, run);
    expect(run.code, run.text).toBe(0);
    expect(run.changes.length).toBeGreaterThan(0);
  });

  test('changes nothing the second time', { timeout: 10 * MINUTES }, async () => {
    const run = await converge('--tags', role);
    report(`role ${role}, again`, run);
    expect(run.code, run.text).toBe(0);
    expect(run.changes).toEqual([]);
  });
});

test('all roles together change nothing more', { timeout: 10 * MINUTES }, async () => {
  const run = await converge();
  report('all roles, again, three machines', run);
  expect(run.code, run.text).toBe(0);
  expect(run.changes).toEqual([]);
});

test('three members, three nodes that take jobs, one server', { timeout: MINUTES }, async () => {
  const members = await asManager(first, 'consul members | tail -n +2');
  expect(members.match(/ alive /g)).toHaveLength(3);
  const nodes = await asManager(first, 'nomad node status | tail -n +2');
  expect(nodes.match(/ eligible +ready/g)).toHaveLength(3);
  expect((await asManager(first, 'nomad operator raft list-peers | tail -n +2')).split('\n')).toHaveLength(1);
  expect((await asManager(first, 'consul operator raft list-peers | tail -n +2')).split('\n')).toHaveLength(1);
  expect(await asManager(first, 'nomad namespace list')).toMatch(/ai-agents[\s\S]*ai-services[\s\S]*default/);
});

test('whoever has no token gets nothing', async () => {
  for (const node of [first, second]) {
    const calls = [
      'consul/kv/pipecat/config/a',
      'consul/agent/self',
      'consul/acl/tokens',
      'nomad/jobs',
      'nomad/nodes',
      'nomad/agent/self',
    ];
    expect(
      await statuses(
        node,
        calls.map((path) => ({ path })),
      ),
    ).toEqual(calls.map(() => 403));
    expect(
      await statuses(node, [
        { method: 'PUT', path: 'consul/kv/a', body: '1' },
        { method: 'PUT', path: 'consul/agent/service/register', body: '{"Name":"x"}' },
      ]),
    ).toEqual([403, 403]);
  }
  // These answer with what the asker may see.
  expect(await on(first, 'curl -s http://127.0.0.1:8500/v1/catalog/nodes')).toBe('[]');
  expect(await on(first, 'curl -s http://127.0.0.1:4646/v1/vars')).toBe('[]');
});

test('an agent has the rights of its node, not of another one', async () => {
  const register = (name: string): Call => ({
    method: 'PUT',
    path: 'consul/catalog/register',
    body: `{"Node":"${name}","Address":"127.0.0.1"}`,
  });
  const calls: Call[] = [
    { path: 'consul/acl/tokens' },
    { path: 'consul/kv/pipecat/config/a' },
    { method: 'PUT', path: 'consul/kv/a', body: '1' },
    register('node3'),
    register('node2'),
  ];
  expect(await statuses(second, calls, '/etc/consul.d/agent_token')).toEqual([403, 403, 403, 403, 200]);
});

test('Nomad may announce services in Consul, and no more', async () => {
  const calls: Call[] = [
    { path: 'consul/acl/tokens' },
    { path: 'consul/kv/pipecat/config/a' },
    { method: 'PUT', path: 'consul/kv/a', body: '1' },
    { path: 'consul/agent/services' },
  ];
  expect(await statuses(second, calls, '/etc/nomad.d/consul_token')).toEqual([403, 403, 403, 200]);
});

const probe = (id: string, calls: readonly Call[]): Promise<number[]> =>
  probeAs(id, calls, { manager: first, node: second });

describe('a job proves who it is', () => {
  const put = (key: string): Call => ({ method: 'PUT', path: `consul/kv/${key}`, body: '1' });
  const announce = (name: string): Call => ({
    method: 'PUT',
    path: 'consul/agent/service/register',
    body: JSON.stringify({ Name: name }),
  });
  const evil: Call = {
    method: 'POST',
    path: 'nomad/jobs',
    body: JSON.stringify({
      Job: {
        ID: 'evil',
        Type: 'batch',
        TaskGroups: [{ Name: 'g', Tasks: [{ Name: 't', Driver: 'raw_exec', Config: { command: '/bin/true' } }] }],
      },
    }),
  };
  const always = [{ path: 'consul/acl/tokens' }, { path: 'nomad/acl/tokens' }, put('other'), announce('x'), evil];
  const never = [403, 403, 403, 403, 403];

  test('pipecat-app', { timeout: 3 * MINUTES }, async () => {
    await asManager(first, 'consul kv put pipecat/config/a 1');
    const calls = [
      ...always,
      { path: 'consul/kv/pipecat/config/a' },
      put('pipecat/config/a'),
      put('pipecat/power/a'),
      announce('llama-api-x'),
      { path: 'nomad/jobs' },
    ];
    expect(await probe('pipecat-app', calls)).toEqual([...never, 200, 403, 200, 403, 200]);
  });

  test('an expert', { timeout: 3 * MINUTES }, async () => {
    const calls = [
      ...always,
      { path: 'consul/kv/pipecat/config/a' },
      put('pipecat/experts/x'),
      put('pipecat/power/a'),
      announce('llama-api-x'),
      { path: 'nomad/jobs' },
    ];
    expect(await probe('creative-expert', calls)).toEqual([...never, 403, 200, 403, 200, 403]);
    await on(second, 'CONSUL_HTTP_TOKEN=$(cat /etc/nomad.d/consul_token) consul services deregister -id llama-api-x');
  });
});

test('no secret can be read by just any user, nor is one in the arguments of a process', async () => {
  const files = '/etc/consul.d/*_token /etc/consul.d/gossip_key /etc/nomad.d/*_token /etc/nomad.d/gossip_key';
  for (const node of [first, second]) {
    await on(
      node,
      `cat ${files} 2>/dev/null | sort -u >/root/secrets; chmod 0600 /root/secrets; grep -h BEGIN -A1 /etc/twin/tls/node-key.pem | tail -1 >>/root/secrets`,
    );
    expect(Number(await on(node, 'grep -c . /root/secrets'))).toBeGreaterThanOrEqual(3);
    expect(
      await on(
        node,
        'find /etc /opt /var /tmp /usr/local -xdev -type f -perm -o=r -size -4M -exec grep -lFf /root/secrets {} + || true',
      ),
    ).toBe('');
    expect(
      await on(node, 'cat /proc/[0-9]*/cmdline 2>/dev/null | tr "\\0" " " | grep -cFf /root/secrets || true'),
    ).toBe('0');
    expect(await on(node, 'journalctl --no-pager | grep -cFf /root/secrets || true')).toBe('0');
  }
  expect(
    await on(
      first,
      'stat -c "%a %U" /etc/consul.d/management_token /etc/nomad.d/management_token /etc/twin/ca/ca-key.pem',
    ),
  ).toBe('600 root\n600 root\n600 root');
  expect((await second.ssh('ls /etc/twin/ca')).code).not.toBe(0);
});

test('a stranger on the network finds SSH and nothing else', { timeout: 5 * MINUTES }, async () => {
  for (const node of [first, second]) expect(await on(stranger, `python3 -c '${SCAN}' ${node.address}`)).toBe('22');
  // A member of the cluster does find the servers.
  for (const port of [22, 4647, 8300, 8301]) await on(second, `timeout 5 bash -c '</dev/tcp/${first.address}/${port}'`);
});

test('port 8000 is open to the network where something listens on it', async () => {
  await on(second, `systemd-run --quiet --unit listens python3 -m http.server 8000 --directory /usr/share`);
  try {
    await until('The server', async () => (await second.ssh('curl -sf http://127.0.0.1:8000/')).code === 0);
    await on(stranger, `curl -sf -m 5 http://${second.address}:8000/`);
  } finally {
    await second.ssh('systemctl stop listens');
  }
});

test('tables of others stay when the firewall is loaded again', async () => {
  await on(third, 'nft add table inet others && systemctl reload twin-firewall');
  expect(await on(third, 'nft list tables')).toMatch(/table inet others/);
  await on(third, 'systemctl stop twin-firewall');
  expect(await on(third, 'nft list tables')).toBe('table inet others');
  await on(third, 'systemctl start twin-firewall && nft delete table inet others');
});

test('a service of ours that runs as root, and sudo without a password, are found', {
  timeout: 2 * MINUTES,
}, async () => {
  await on(
    third,
    "printf '[Service]\\nExecStart=/bin/true\\n' >/etc/systemd/system/twin-other.service; systemctl daemon-reload; echo 'person ALL=(ALL) NOPASSWD: ALL' >/etc/sudoers.d/person",
  );
  const run = await converge('--tags', 'common');
  await on(third, 'rm /etc/systemd/system/twin-other.service /etc/sudoers.d/person; systemctl daemon-reload');
  expect(run.code).not.toBe(0);
  const text = run.text.replace(/\s*\n\s*/g, ' ');
  expect(text).toContain('twin-other.service runs as root');
  expect(text).toContain('/etc/sudoers.d/person gives root without a password');
});

test("a secret that is lost is not replaced behind anyone's back", { timeout: 3 * MINUTES }, async () => {
  await on(first, 'mv /etc/consul.d/management_token /root/kept');
  const run = await converge('--tags', 'consul', '--limit', 'node1');
  expect(run.code).not.toBe(0);
  expect(run.text.replace(/\s*\n\s*/g, ' ')).toContain('has a management token already');
  await on(first, 'mv /root/kept /etc/consul.d/management_token');
  const again = await converge('--tags', 'consul', '--limit', 'node1');
  expect(again.code, again.text).toBe(0);
});

describe('one node more', () => {
  const grown = (...args: string[]): Promise<Played> =>
    play(lab, 'playbook.yaml', { controllers: [first], workers: [second, third, stranger], args });
  const processes = (node: LabNode): Promise<string> => on(node, 'systemctl show -p MainPID --value consul nomad');

  test('changes that node, and on the others only whom they let in', { timeout: 10 * MINUTES }, async () => {
    const before = await Promise.all([first, second, third].map(processes));
    for (const node of [first, second, third]) await on(node, 'touch /root/before');
    const run = await grown('--limit', stranger.name);
    report('one node more', run);
    expect(run.code, run.text).toBe(0);
    const elsewhere = run.changes.filter(({ node }) => node !== stranger.name);
    expect(new Set(elsewhere.map(({ task }) => task))).toEqual(
      new Set([
        'common : Addresses of the cluster, on nodes that are not part of this run',
        'common : Load their firewalls',
        'common : Sign it',
        'consul : Token in Consul',
        'llama : Make it known to the cluster',
      ]),
    );
    for (const node of [first, second, third]) {
      expect(await on(node, 'find /etc /opt/twin /usr/local -xdev -type f -newer /root/before')).toBe(
        '/etc/twin/peers.nft',
      );
    }
    expect(await Promise.all([first, second, third].map(processes))).toEqual(before);
    expect((await asManager(first, 'consul members | tail -n +2')).match(/ alive /g)).toHaveLength(4);
  });

  test('then a run over all changes nothing', { timeout: 10 * MINUTES }, async () => {
    const run = await grown();
    expect(run.code, run.text).toBe(0);
    expect(run.changes).toEqual([]);
  });

  test('goes again without a trace', { timeout: 5 * MINUTES }, async () => {
    const args = ['--limit', stranger.name, '-e', 'confirm=yes'];
    const run = await play(lab, 'uninstall.yaml', { controllers: [first], workers: [second, third, stranger], args });
    report('one node less', run);
    expect(run.code, run.text).toBe(0);
    const left =
      'ls -d /etc/twin /etc/consul.d /etc/nomad.d /opt/consul /usr/local/bin/consul /usr/local/bin/nomad 2>/dev/null; getent passwd consul twin; nft list tables; true';
    expect(await on(stranger, left)).toBe('');
    expect(await asManager(first, 'consul members')).not.toContain(stranger.name);
    expect(await asManager(first, 'consul acl token list -format=json')).not.toContain(`of ${stranger.name}`);
  });
});
