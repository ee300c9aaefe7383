import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import type { Lab } from '../open-lab.js';
import { asManager, type Call, on, statuses } from './on-node.js';
import { SCAN, SCAN_UDP } from './scan.js';
import { openWholeCluster, type WholeCluster } from './whole-cluster.js';

/** Who gets in where, on a cluster with everything that playbook.yaml brings. */
const MINUTES = 60_000;
const DOOR_TOKEN = '/etc/twin/rpc_door_token';
/** May list who may do what; refused to all but the management token. */
const TOKENS: Call[] = [{ path: 'consul/acl/tokens' }, { path: 'nomad/acl/tokens' }];

let lab: Lab;
let first: LabNode;
let second: LabNode;
let third: LabNode;
/** Has no part in the cluster. */
let stranger: LabNode;
let good: WholeCluster['good'];

beforeAll(async () => {
  ({ lab, first, second, third, good } = await openWholeCluster('doors-cluster', 1, { monitoring: true }));
  stranger = lab.nodes[3] as LabNode;
  await good('playbook.yaml');
}, 20 * MINUTES);
afterAll(() => lab?.close());

const nodes = (): LabNode[] => [first, second, third];
/** Whether a connection to a port comes about. */
async function reaches(from: LabNode, address: string, port: number): Promise<boolean> {
  const connect = `import socket; socket.create_connection(("${address}", ${port}), 2)`;
  return (await from.ssh(`python3 -c '${connect}'`)).code === 0;
}

type Listed = { ServiceAddress: string; ServicePort: number; Node: string };
const service = async (name: string): Promise<Listed[]> =>
  JSON.parse(
    await asManager(
      first,
      `curl -s -H "X-Consul-Token: $CONSUL_HTTP_TOKEN" http://127.0.0.1:8500/v1/catalog/service/${name}`,
    ),
  ) as Listed[];
const headNode = async (): Promise<string> => (await service('llamacpp-rpc-head'))[0]?.Node ?? '';

/** For each RPC worker, which other machines reach it. */
async function reachable(): Promise<{ worker: string; by: string[] }[]> {
  const look = async ({ Node, ServiceAddress, ServicePort }: Listed) => {
    const others = lab.nodes.filter(({ name }) => name !== Node);
    const open = await Promise.all(others.map((node) => reaches(node, ServiceAddress, ServicePort)));
    return { worker: Node, by: others.filter((_, i) => open[i]).map(({ name }) => name) };
  };
  return Promise.all((await service('llamacpp-rpc-rpc')).map(look));
}
/** What it must be: a worker beside its head needs nobody from elsewhere. */
const headOnly = (seen: Awaited<ReturnType<typeof reachable>>, head: string): boolean =>
  seen.length === 2 && seen.every(({ worker, by }) => by.join() === (worker === head ? '' : head));

describe('RPC workers', () => {
  test('are reached from their head only', { timeout: 2 * MINUTES }, async () => {
    const head = await headNode();
    const seen = await reachable();
    console.info(`head on ${head}: ${JSON.stringify(seen)}`);
    expect(headOnly(seen, head), JSON.stringify(seen)).toBe(true);
  });

  test('a head that goes to another machine is let in from there, and no more from where it was', {
    timeout: 5 * MINUTES,
  }, async () => {
    const before = await headNode();
    const id = `$(nomad node status -quiet -filter 'Name == "${before}"')`;
    await asManager(
      first,
      `nomad node eligibility -disable ${id} && nomad job restart -yes -reschedule -group head llamacpp-rpc; nomad node eligibility -enable ${id}`,
    );
    await until('The head elsewhere', async () => ![before, ''].includes(await headNode()), { patienceMs: MINUTES });
    const after = await headNode();
    await until('The door for it', async () => headOnly(await reachable(), after), { patienceMs: MINUTES });
    await until('The expert', async () => (await service('llama-api-main')).length === 1, { patienceMs: 2 * MINUTES });
  });

  test('after the firewall was loaded anew the head is let in again', { timeout: 2 * MINUTES }, async () => {
    const head = await headNode();
    for (const node of nodes()) await on(node, 'systemctl reload twin-firewall');
    await until('The door', async () => headOnly(await reachable(), head), { patienceMs: MINUTES });
  });

  test('the door may change the firewall and read who is where, and nothing else', { timeout: MINUTES }, async () => {
    const status = await on(
      second,
      "pid=$(systemctl show -p MainPID --value twin-rpc-door); grep -E '^(Uid|CapEff|NoNewPrivs)' /proc/$pid/status",
    );
    expect(status).not.toMatch(/^Uid:\s+0\b/m);
    // CAP_NET_ADMIN.
    expect(status).toMatch(/^CapEff:\s+0000000000001000$/m);
    const calls: Call[] = [
      { method: 'PUT', path: 'consul/kv/a', body: '1' },
      { method: 'PUT', path: 'consul/agent/service/register', body: '{"Name":"llamacpp-rpc-head"}' },
      { path: 'consul/acl/tokens' },
      { path: 'consul/catalog/services' },
    ];
    expect(await statuses(second, calls, DOOR_TOKEN)).toEqual([403, 403, 403, 200]);
  });
});

test('Prometheus reaches every machine, agent, power agent and server of the primary, and nobody else does', {
  timeout: 3 * MINUTES,
}, async () => {
  const asked = async (): Promise<string[]> => {
    const query = await on(first, "curl -s 'http://127.0.0.1:9090/api/v1/query?query=up'");
    const { data } = JSON.parse(query) as { data: { result: { metric: { job: string }; value: [number, string] }[] } };
    return data.result.map(({ metric, value }) => `${metric.job} ${value[1]}`).sort();
  };
  const wanted = [
    'agent',
    'consul',
    ...Array(3).fill('nodes'),
    'nomad',
    ...Array(3).fill('power-agents'),
    'prometheus',
  ];
  await until('All targets', async () => (await asked()).join() === wanted.map((job) => `${job} 1`).join(), {
    patienceMs: 2 * MINUTES,
  });
  for (const port of [9100, 9464])
    for (const from of [second, stranger]) expect(await reaches(from, third.address, port)).toBe(false);
});

test('from outside only SSH answers, and the agent where it runs', { timeout: 5 * MINUTES }, async () => {
  const open = async ({ address }: LabNode): Promise<string> => on(stranger, `python3 -c '${SCAN}' ${address}`);
  expect(await open(first)).toBe('22 8000');
  for (const node of [second, third]) expect(await open(node)).toBe('22');
});

describe('by UDP', () => {
  const scan = async (from: LabNode, { address }: LabNode): Promise<number[]> =>
    (await on(from, `python3 -c '${SCAN_UDP}' ${address}`)).split(' ').map(Number);
  /** Says something on each datagram: what the scan must find where it may. */
  const echo = `import socket
one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
one.bind(("0.0.0.0", 20053))
while True:
    data, who = one.recvfrom(2000)
    one.sendto(data, who)`;

  test('nothing answers from outside', { timeout: 5 * MINUTES }, async () => {
    await on(second, `systemd-run --quiet --unit echo-udp python3 -c '${echo}'`);
    // On the machine itself all ports answer: most that nobody listens, one by what was said to it. That is how the scan sees.
    const itself = await scan(second, second);
    expect(itself[0]).toBeGreaterThan(60_000);
    for (const node of nodes()) expect(await scan(stranger, node), node.name).toEqual([0]);
    await on(second, 'systemctl stop echo-udp');
  });

  test.each([
    ['consul', 8301],
    ['nomad', 4648],
  ])('the gossip of %s hears machines of the cluster and no other', { timeout: 2 * MINUTES }, async (unit, port) => {
    const say = `python3 -c 'import socket; socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"twin scan", ("${first.address}", ${port}))'`;
    const heard = async (from: LabNode): Promise<boolean> =>
      (await on(first, `journalctl -u ${unit} -o cat --no-pager`)).includes(`from=${from.address}:`);
    for (let i = 0; i < 5; i++) await on(stranger, say);
    // It comes later than what the stranger said, and cannot be read either.
    await until('What a worker said', async () => {
      await on(third, say);
      return heard(third);
    });
    expect(await heard(stranger)).toBe(false);
  });
});

test('with its tokens Prometheus may look, and do nothing', { timeout: 2 * MINUTES }, async () => {
  const consul: Call[] = [
    { path: 'consul/agent/metrics?format=prometheus' },
    { path: 'consul/agent/members' },
    { path: 'consul/kv/pipecat/config?recurse=true' },
    { path: 'consul/acl/tokens' },
    { method: 'PUT', path: 'consul/kv/pipecat/config/a', body: '1' },
    { method: 'PUT', path: 'consul/agent/service/register', body: '{"Name":"llama-api-main"}' },
    { method: 'PUT', path: 'consul/agent/maintenance?enable=true' },
    { method: 'PUT', path: 'consul/agent/reload' },
    { method: 'PUT', path: 'consul/agent/leave' },
    { method: 'PUT', path: `consul/agent/force-leave/${third.name}` },
    { method: 'PUT', path: 'consul/session/create' },
    { method: 'PUT', path: 'consul/acl/token', body: '{}' },
  ];
  // Of keys that it may not read Consul says that there are none.
  const wanted = [200, 200, 404, ...consul.slice(3).map(() => 403)];
  expect(await statuses(first, consul, '/etc/prometheus/keys/consul_token')).toEqual(wanted);

  const agent = async (method: string, path: string, body = '{}'): Promise<number> =>
    Number(
      await on(
        first,
        `curl -s -o /dev/null -w '%{http_code}' --cacert /etc/twin/tls/ca.pem -X ${method} -H 'content-type: application/json' \
          -H "Authorization: Bearer $(cat /etc/prometheus/keys/agent_key)" -d '${body}' https://${first.address}:8000${path}`,
      ),
    );
  expect(await agent('GET', '/metrics')).toBe(200);
  const question = JSON.stringify({ model: 'twin', messages: [{ role: 'user', content: 'Hello' }] });
  const calls = [
    ['POST', '/v1/chat/completions', question],
    ['PUT', '/api/policy', '{"methods":{}}'],
    ['POST', '/api/memory/states', '{"name":"a"}'],
    ['PUT', '/api/prompts/router.txt', '{"text":"a"}'],
    ['GET', '/api/keys', '{}'],
    ['POST', '/api/keys', '{"name":"a","role":"admin"}'],
    ['POST', '/api/power/llama-api-main/sleep', '{}'],
  ] as const;
  for (const [method, path, body] of calls) expect(await agent(method, path, body), `${method} ${path}`).toBe(403);
});

test('nobody without a token is told anything by Consul and Nomad', { timeout: MINUTES }, async () => {
  const calls: Call[] = [
    ...TOKENS,
    { path: 'consul/kv/pipecat?recurse=true' },
    { path: 'nomad/jobs' },
    { path: 'nomad/nodes' },
  ];
  // Of keys that it may not read Consul says that there are none.
  for (const node of nodes()) expect(await statuses(node, calls)).toEqual([403, 403, 404, 403, 403]);
  expect(await on(second, 'curl -s http://127.0.0.1:8500/v1/catalog/services')).toMatch(/^\{(\s*|"consul":\[\])\}$/);
});

test('no secret of the cluster can be read by just any user', { timeout: 2 * MINUTES }, async () => {
  // Long secrets out of every file that root alone should have, looked for in all that others may read.
  const look = `import os, re, stat, subprocess, sys
secrets = set()
for folder in ("/etc/consul.d", "/etc/nomad.d", "/etc/twin", "/opt/twin/home"):
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)
            if os.path.islink(path) or os.stat(path).st_mode & stat.S_IROTH or os.path.getsize(path) > 20000: continue
            if re.search(r"(token|key)$", name) and "id" != name:
                text = open(path, "rb").read().strip()
                if 20 <= len(text) <= 200: secrets.add(text)
assert len(secrets) >= 2, secrets
found = []
for top in ("/etc", "/opt", "/srv", "/var", "/usr/local", "/tmp", "/run"):
    for at, folders, names in os.walk(top):
        if not os.stat(at).st_mode & stat.S_IXOTH:
            folders.clear()
            continue
        for name in names:
            path = os.path.join(at, name)
            try: state = os.lstat(path)
            except OSError: continue
            if not stat.S_ISREG(state.st_mode) or not state.st_mode & stat.S_IROTH or state.st_size > 2000000: continue
            data = open(path, "rb").read()
            if any(secret in data for secret in secrets): found.append(path)
print(len(secrets), *found)`;
  for (const node of nodes()) {
    const [count, ...found] = (await on(node, `python3 - <<'END'\n${look}\nEND`)).split(' ');
    expect([Number(count) >= 2, found]).toEqual([true, []]);
  }
});

test('all of this after a second run, which changes nothing', { timeout: 10 * MINUTES }, async () => {
  expect((await good('playbook.yaml')).changes).toEqual([]);
});
