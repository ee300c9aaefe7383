import { totalmem } from 'node:os';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { asManager, on } from './on-node.js';
import { play } from './playbook.js';
import { type Change, draws, integral, keysOf } from './power-keys.js';
import { standInForCgroups } from './stand-in-cgroups.js';
import { Firmware, standInForSuspend } from './stand-in-suspend.js';

const MINUTES = 60_000;
const [MAIN, CREATIVE] = ['llama-api-main', 'llama-api-creative'] as const;
const QUESTION = 'Please ask the creative expert for a short story about a cat.';

const MB = Math.floor(totalmem() / 2 ** 20);
/** More than half of a node, so that each worker has one; the controller has no room for any. */
const EXPERT = { memory_mb: Math.floor(MB * 0.6), context: 2048 };
const POWER = {
  ...{ POWER_TICK_MS: '500', POWER_IDLE_SECONDS: '0', POWER_MIN_AWAKE_SECONDS: '0', POWER_SLEEPS_PER_HOUR: '60' },
  ...{ POWER_NODE_SLEEP: 'mem', POWER_NODE_MIN_ON_SECONDS: '5', POWER_NODE_MIN_OFF_SECONDS: '5' },
  ...{ POWER_NODE_SLEEPS_PER_HOUR: '20' },
};
const VARIABLES = {
  ...{ infrastructure_only: false, default_expert_workers: 0, default_expert_settings: EXPERT },
  // A node of the lab may not mount below /sys.
  ...{ power_agent_bpf_fs: '/run/bpf', power_agent_may_suspend: true, power_agent_settings: { settings: POWER } },
  nomad_reserved_memory_mb: `{{ ${MB - 4000} if is_primary else 512 }}`,
};
const DEPLOY = 'job_name=creative-expert service_name=llama-api-creative model_list={{ creative_writing_models }}';

let lab: Lab;
let first: LabNode;
let workers: LabNode[];
let firmware: Firmware;

beforeAll(async () => {
  lab = await openLab({ name: 'sleep-cluster', nodes: 3, bpf: true });
  [first, ...workers] = lab.nodes as [LabNode, ...LabNode[]];
  for (const node of lab.nodes) {
    await standInForCgroups(node);
    await standInForSuspend(node);
    await on(node, 'mkdir -p /run/bpf');
  }
  firmware = new Firmware(lab);
  await firmware.open();
}, 5 * MINUTES);
afterAll(async () => {
  await firmware?.close();
  await lab?.close();
});

async function good(name: string, ...args: string[]): Promise<void> {
  const all = ['-e', JSON.stringify(VARIABLES), ...args];
  const played = await play(lab, name, { controllers: [first], workers, args: all });
  expect(played.code, played.text).toBe(0);
  console.info(`${name}: ${played.seconds.toFixed(1)} s`);
}

const put = (key: string, value: string) => asManager(first, `consul kv put '${key}' '${value}'`);
const powerKeys = () => keysOf(first, 'pipecat/power/');
const stateOf = async (service: string) =>
  ((await powerKeys()).get(`pipecat/power/${service}/state`) as { state: string; nodes: string[] } | undefined) ?? {
    state: 'awake',
    nodes: [],
  };
const both = async () => [(await stateOf(MAIN)).state, (await stateOf(CREATIVE)).state];

/** Suspends who asks for it, until that many are. */
const suspended = (count: number) =>
  until(
    `${count} suspended`,
    async () => {
      for (const node of workers) await firmware.look(node);
      return firmware.suspended.length === count;
    },
    { patienceMs: 4 * MINUTES },
  );

test('two experts, one on each worker', { timeout: 20 * MINUTES }, async () => {
  await good('playbook.yaml');
  await good('deploy_expert.yaml', '-e', DEPLOY, '-e', JSON.stringify({ expert_settings: EXPERT }));
  const nodes = await until('both experts', async () => {
    const found = await Promise.all([MAIN, CREATIVE].map((service) => nodesOf(service)));
    return found.every((one) => one.length === 1) ? found.flat().sort() : undefined;
  });
  expect(nodes).toEqual(workers.map(({ name }) => name));
});

async function nodesOf(service: string): Promise<string[]> {
  const address = `http://127.0.0.1:8500/v1/health/service/${service}?passing=true`;
  const text = await asManager(first, `curl -s -H "X-Consul-Token: $CONSUL_HTTP_TOKEN" '${address}'`);
  return (JSON.parse(text) as { Node: { Node: string } }[]).map(({ Node }) => Node.Node);
}

test('without work both sleep by policy, and then their machines', { timeout: 5 * MINUTES }, async () => {
  for (const { name } of workers) await put(`pipecat/power/node/${name}/policy`, '{"wol":true}');
  for (const service of [MAIN, CREATIVE]) await put(`pipecat/power/${service}/idle_seconds`, '5');
  await suspended(2);
  expect(await both()).toEqual(['asleep', 'asleep']);
});

test('a spoken question wakes one of them, and is answered', { timeout: 5 * MINUTES }, async () => {
  const [home] = (await stateOf(CREATIVE)).nodes;
  // Long enough to look around before it sleeps again.
  await put(`pipecat/power/${CREATIVE}/idle_seconds`, '30');
  const began = performance.now();
  const records = await ask(QUESTION);
  console.info(`spoken question to a suspended node → ${((performance.now() - began) / 1000).toFixed(1)} s`, records);
  const turn = records.find(({ type }) => type === 'turn');
  expect(turn?.transcript).toMatch(/creative expert/i);
  expect(turn?.answer).toMatch(/\w+ \w+/);
  expect(await routes()).toMatch(/step="chosen",expert="creative"\} [1-9]/);
  expect(firmware.suspended).toEqual(workers.map(({ name }) => name).filter((name) => name !== home));
  expect(await both()).toEqual(['asleep', 'awake']);
});

type Record = { type: string; transcript?: string; answer?: string };

/** Said by espeak-ng to the agent, as `e2e-tests.yaml` does. */
async function ask(question: string): Promise<Record[]> {
  const env = 'export TWIN_HOME=/opt/twin/home TWIN_CA=/etc/twin/tls/ca.pem';
  const say = `espeak-ng -v en-us -s 140 -w /tmp/question.wav '${question}'`;
  const lines = await on(first, `${env}; ${say} && twin talk --wav /tmp/question.wav --json --patience 180`);
  return lines.split('\n').map((line) => JSON.parse(line) as Record);
}

const routes = () =>
  on(
    first,
    `curl -sS --cacert /etc/twin/tls/ca.pem -H "Authorization: Bearer $(cat /opt/twin/home/admin.key)" https://${first.address}:8000/metrics | grep twin_routes_total`,
  );

test('then it sleeps again, and its machine too', { timeout: 5 * MINUTES }, async () => {
  await put(`pipecat/power/${CREATIVE}/idle_seconds`, '5');
  await suspended(2);
  expect(await both()).toEqual(['asleep', 'asleep']);
});

test('a lease wakes each node; the sum of the ledgers is the integral of what history tells, ± 1 %', {
  timeout: 5 * MINUTES,
}, async () => {
  const lease = JSON.stringify({ until: Date.now() + 10 * MINUTES, by: 'test' });
  for (const { name } of workers) await put(`pipecat/power/node/${name}/lease/test`, lease);
  const woken = Date.now();
  const told = await until(
    'reports of all nodes',
    async () => {
      const reports = await keysOf(first, 'pipecat/resources/power-report/');
      const all = [...reports.values()] as { at: number; used_wh: number }[];
      const keys = await powerKeys();
      const isOn = workers.every(
        ({ name }) => (keys.get(`pipecat/power/node/${name}/state`) as { state: string }).state === 'on',
      );
      return isOn && all.length === 3 && all.every(({ at }) => at > woken + 20_000) ? reports : undefined;
    },
    { patienceMs: 3 * MINUTES },
  );
  const histories = await keysOf(first, 'pipecat/resources/power-history/');
  let [ledger, expected] = [0, 0];
  for (const [key, report] of told as Map<string, { at: number; used_wh: number }>) {
    const { changes } = histories.get(key.replace('report', 'history')) as { changes: Change[] };
    const sum = integral(changes, report.at, draws);
    console.info(`${key}: ledger ${report.used_wh.toFixed(3)} Wh, integral ${sum.toFixed(3)} Wh`);
    ledger += report.used_wh;
    expected += sum;
  }
  console.info(`ledger / integral: ${(ledger / expected).toFixed(4)}`);
  expect(firmware.pauses.length).toBeGreaterThanOrEqual(3);
  expect(Math.abs(ledger / expected - 1)).toBeLessThanOrEqual(0.01);
});
