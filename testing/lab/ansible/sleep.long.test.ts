import { parsed } from '@twin/hashi/power/power-kv.js';
import { POWER_REPORTS, type PowerReport, powerReport } from '@twin/hashi/power/power-report.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { until } from '../../cluster/until.js';
import type { LabNode } from '../lab-node.js';
import { type Lab, openLab } from '../open-lab.js';
import { givePowerFiles, type Naps, suspendable } from '../suspend.js';
import { asManager, on } from './on-node.js';
import { type Played, play } from './playbook.js';
import { integralWh, keepWatts, timeline, watts } from './power-meter.js';
import { standInForCgroups } from './stand-in-cgroups.js';

/**
 * Two workers with an expert each and nothing to do: their experts are put to sleep, then they themselves. A spoken question to one
 * expert wakes its worker, is answered, and all sleeps again. The machines are suspended as `../suspend.ts` says; everything else is real.
 */
const MINUTES = 60_000;
const SMALL = { memory_mb: 900, context: 2048, slots_mb: 64 };
const WATTS = { working: 65, idle: 40, suspended: 3 };
const POWER = {
  POWER_NODE_SLEEP: 'mem',
  POWER_MIN_AWAKE_SECONDS: '5',
  POWER_NODE_SLEEPS_PER_HOUR: '4',
  POWER_NODE_MIN_ON_SECONDS: '5',
  POWER_NODE_MIN_OFF_SECONDS: '1',
  POWER_WATTS_WORKING: `${WATTS.working}`,
  POWER_WATTS_IDLE: `${WATTS.idle}`,
  POWER_WATTS_SUSPENDED: `${WATTS.suspended}`,
};
const VARIABLES = {
  infrastructure_only: false,
  default_expert_settings: SMALL,
  power_agent_may_suspend: true,
  power_agent_settings: { settings: POWER },
};
const SPOKEN = 'Ask the creative expert for one sentence about the sea.';

let lab: Lab;
let first: LabNode;
let second: LabNode;
let third: LabNode;
let naps: Naps;

beforeAll(async () => {
  lab = await openLab({ name: 'sleep-cluster', nodes: 3, bpf: true });
  [first, second, third] = lab.nodes as [LabNode, LabNode, LabNode];
  for (const node of lab.nodes) {
    await standInForCgroups(node);
    await givePowerFiles(node);
  }
  naps = await suspendable(lab, [second, third]);
}, 5 * MINUTES);
afterAll(async () => {
  await naps?.close();
  await lab?.close();
});

async function good(name: string, ...args: string[]): Promise<Played> {
  const played = await play(lab, name, {
    controllers: [first],
    workers: [second, third],
    args: ['-e', JSON.stringify(VARIABLES), ...args],
  });
  console.info(`${name}: ${played.seconds.toFixed(1)} s`);
  expect(played.code, played.text).toBe(0);
  return played;
}

/** Lets Nomad place new work on these machines only. */
async function place(on: readonly LabNode[]): Promise<void> {
  const turn = ({ name }: LabNode): string => {
    const switchTo = on.some((one) => one.name === name) ? '-enable' : '-disable';
    return `nomad node eligibility ${switchTo} $(nomad node status -quiet -filter 'Name == "${name}"')`;
  };
  await asManager(first, lab.nodes.map(turn).join(' && '));
}

async function expert(name: string, node: LabNode): Promise<void> {
  await place([node]);
  const args = `job_name=${name}-expert service_name=llama-api-${name} model_list={{ creative_writing_models }}`;
  await good('deploy_expert.yaml', '-e', args, '-e', JSON.stringify({ expert_settings: SMALL }));
}

const kv = (key: string): Promise<string> => asManager(first, `consul kv get ${key} 2>/dev/null || true`);
const put = (key: string, value: unknown): Promise<string> =>
  asManager(first, `consul kv put pipecat/power/${key} '${JSON.stringify(value)}'`);
const read = async (key: string): Promise<{ state?: unknown; nodes?: string[] }> =>
  (parsed(await kv(`pipecat/power/${key}/state`)) ?? {}) as { state?: unknown; nodes?: string[] };
const stateOf = async (key: string): Promise<unknown> => (await read(key)).state;
const asleep = (node: LabNode): boolean => naps.of(node).at(-1)?.until === undefined && naps.of(node).length > 0;
const report = async (node: LabNode): Promise<PowerReport> =>
  powerReport.parse(parsed(await kv(`${POWER_REPORTS}${node.name}`)));

/** Where the expert that is asked for sleeps, and the other worker. */
let asked: LabNode;
let other: LabNode;
/** What each ledger said, and when. */
let begun: Map<LabNode, PowerReport>;

test('two workers whose experts have nothing to do sleep: experts first, then the machines', {
  timeout: 20 * MINUTES,
}, async () => {
  await good('playbook.yaml');
  for (const node of lab.nodes) await keepWatts(node);
  // The default expert stays awake, beside the agent.
  await put('llama-api-main/idle_seconds', 0);
  await place([first]);
  await asManager(first, 'nomad job restart -yes -reschedule llamacpp-rpc');
  await expert('creative', second);
  await expert('math', third);
  await until('All three experts', async () => {
    const table = await asManager(
      first,
      'for job in llamacpp-rpc creative-expert math-expert; do nomad job allocs -json $job; done',
    );
    return (table.match(/"ClientStatus": "running"/g) ?? []).length === 3;
  });
  await place([second, third]);
  begun = new Map(await Promise.all(lab.nodes.map(async (node) => [node, await report(node)] as const)));
  for (const { source, sees } of begun.values()) expect([source, sees]).toEqual(['bpf', true]);

  for (const name of ['creative', 'math']) await put(`llama-api-${name}/idle_seconds`, 10);
  const began = Date.now();
  for (const node of [second, third]) await put(`node/${node.name}/policy`, { wol: true });
  await until('Both workers asleep', async () => asleep(second) && asleep(third), { patienceMs: 4 * MINUTES });
  console.info(`both workers asleep after ${((Date.now() - began) / 1000).toFixed(0)} s`);
  expect(await stateOf('llama-api-creative')).toBe('asleep');
  expect(await stateOf('llama-api-math')).toBe('asleep');
  expect([await stateOf('node/node2'), await stateOf('node/node3')]).toEqual(['off', 'off']);
  // Where it was put at first, unless the last check of its health woke it once more.
  const home = (await read('llama-api-creative')).nodes ?? [];
  [asked, other] = home.includes('node3') ? [third, second] : [second, third];
});

test('a spoken question wakes the one that is asked for, and is answered', { timeout: 5 * MINUTES }, async () => {
  const began = Date.now();
  const lines = await on(
    first,
    `cd /tmp && espeak-ng -v en-us -s 145 -w question.wav '${SPOKEN}' && TWIN_HOME=/opt/twin/home TWIN_CA=/etc/twin/tls/ca.pem twin talk --wav question.wav --json --patience 150`,
  );
  const turns = lines.split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
  const turn = turns.find(({ type }) => type === 'turn') as { transcript: string; answer: string } | undefined;
  console.info(`heard ${JSON.stringify(turn?.transcript)}, answered ${JSON.stringify(turn?.answer)}`);
  const [nap] = naps.of(asked);
  console.info(
    `question → machine on ${(((nap?.until ?? 0) - began) / 1000).toFixed(1)} s, → end of the answer ${((Date.now() - began) / 1000).toFixed(1)} s`,
  );
  expect(turn?.transcript).toMatch(/creative/i);
  expect(turn?.answer).toMatch(/\w+ \w+/);
  expect(nap?.until).toBeGreaterThan(began);
  expect(asleep(other)).toBe(true);
  expect(await on(first, 'curl -s http://127.0.0.1:9464/health')).toContain('"node":"node1"');
  const routes = await on(
    first,
    `curl -sS --cacert /etc/twin/tls/ca.pem -H "Authorization: Bearer $(cat /opt/twin/home/admin.key)" https://${first.address}:8000/metrics | grep ^twin_routes_total`,
  );
  expect(routes).toMatch(/step="chosen",expert="creative"} 1/);
});

test('it sleeps again by itself, and the other has not been woken', { timeout: 5 * MINUTES }, async () => {
  await until('The second sleep', async () => naps.of(asked).length === 2, { patienceMs: 4 * MINUTES });
  expect([await stateOf('llama-api-creative'), await stateOf(`node/${asked.name}`)]).toEqual(['asleep', 'off']);
  expect(naps.of(other)).toHaveLength(1);
});

test('the ledgers are the integral of what was drawn', { timeout: 5 * MINUTES }, async () => {
  // Awake once more, each tells what it has counted.
  for (const node of [second, third])
    await put(`node/${node.name}/lease/test`, { until: Date.now() + 10 * MINUTES, by: 'test' });
  const woken = Date.now();
  await until('Both workers', async () => !asleep(second) && !asleep(third), { patienceMs: 2 * MINUTES });
  let [sum, integral] = [0, 0];
  for (const node of lab.nodes) {
    const before = begun.get(node) as PowerReport;
    const after = await until(
      `The report of ${node.name}`,
      async () => {
        const told = await report(node);
        return told.at > Math.max(woken, naps.of(node).at(-1)?.until ?? 0) + 20_000 && told;
      },
      { patienceMs: 2 * MINUTES },
    );
    const counted = after.used_wh - before.used_wh;
    const drawn = integralWh(await watts(node), {
      from: before.at,
      to: after.at,
      naps: naps.of(node),
      suspended: WATTS.suspended,
    });
    console.info(`${node.name}: ${timeline(await watts(node), naps.of(node), before.at)}`);
    const shares = Object.values(after.shares).reduce((all, one) => all + one, 0);
    console.info(
      `${node.name}: ledger ${counted.toFixed(4)} Wh, integral ${drawn.toFixed(4)} Wh in ${((after.at - before.at) / 1000).toFixed(0)} s`,
    );
    expect(shares).toBeLessThanOrEqual(after.used_wh + 1e-9);
    sum += counted;
    integral += drawn;
  }
  console.info(
    `all: ledger ${sum.toFixed(4)} Wh, integral ${integral.toFixed(4)} Wh, ${(100 * (sum / integral - 1)).toFixed(2)} %`,
  );
  expect(Math.abs(sum / integral - 1)).toBeLessThan(0.01);
});
