import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { realClock } from '@twin/hashi/clock.js';
import { Consul } from '@twin/hashi/consul.js';
import { Nomad } from '@twin/hashi/nomad.js';
import { nodePolicyKey, type PowerState, parsed, stateKey } from '@twin/hashi/power/power-kv.js';
import { createLog } from '@twin/pipecat-app/observe/log.js';
import { Board } from '@twin/power-agent/board.js';
import { ClusterView } from '@twin/power-agent/nodes/cluster-view.js';
import { NodeKeeper } from '@twin/power-agent/nodes/node-keeper.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { isRoot, WHY_NOT } from '../power/two-networks.js';
import { jobFile, oneOf, passing, treeVariables } from './deploy.js';
import { askFromElsewhere } from './far-client.js';
import { processesUnder } from './leftovers.js';
import { PLAIN, plainJob } from './plain-job.js';
import { freePorts } from './ports.js';
import { startPowerAgent } from './power-agent.js';
import { runJob } from './run-job.js';
import { ThreeServers } from './three-servers.js';
import { until } from './until.js';

const run = promisify(execFile);
const JOB = 'power-agent';
const PATIENCE = { patienceMs: 120_000 };

let servers: ThreeServers;
let consul: Consul;
let nomad: Nomad;
let folder: string;
let port = 0;
let metricsPort = 0;

const busyFile = (): string => join(folder, 'busy');
const idle = (seconds: number) => consul.kv.put(`pipecat/power/${PLAIN}/idle_seconds`, `${seconds}`);
const stateOf = async () => parsed((await consul.kv.get(stateKey(PLAIN)))?.value ?? '') as PowerState | undefined;
const comesTo = (state: PowerState['state']) =>
  until(
    `${PLAIN} ${state}`,
    async () => {
      const found = await stateOf();
      return found?.state === state && !found.stopping;
    },
    PATIENCE,
  );
const get = (path: string) => askFromElsewhere(port, path);
const health = async () =>
  (await (await fetch(`http://127.0.0.1:${metricsPort}/health`)).json()) as { source: string; sees: boolean };
const allocations = async () => (await nomad.jobs.allocations(PLAIN)).map(({ ID }) => ID);

/** The process of the agent that Nomad runs. */
async function agentPid(): Promise<number | undefined> {
  const all = await processesUnder(servers.folder);
  return all.find((pid) => /\0[^\0]*power-agent\/dist\/main\.js/.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8')));
}
/** Kills the agent and the leaders of Consul and Nomad; Nomad starts the agent anew. */
async function disaster(): Promise<void> {
  const pid = (await agentPid()) as number;
  process.kill(pid, 'SIGKILL');
  await servers.changeLeaders();
  await until('another agent', async () => (await agentPid()) !== pid && (await health()).sees, PATIENCE);
}
async function asleep(): Promise<void> {
  await idle(1);
  await comesTo('asleep');
  await until('no instance', async () => (await passing(servers, PLAIN)).length === 0);
  await idle(0);
}

beforeEach(({ skip }) => skip(!isRoot, WHY_NOT));
beforeAll(async () => {
  if (!isRoot) return;
  folder = await mkdtemp(join(tmpdir(), 'twin-power-'));
  await mkdir(join(folder, 'maps'));
  await run('mount', ['-t', 'bpf', 'bpf', join(folder, 'maps')]);
  const { stdout } = await run(join(ROOT, 'power-agent/bpf/build.sh'));
  servers = await ThreeServers.start();
  consul = new Consul({ address: servers.consul });
  nomad = new Nomad({ address: servers.nomad });
  [port, metricsPort] = (await freePorts(2)) as [number, number];
  await idle(0);
  await runJob(servers.nomad, plainJob(port, busyFile()));
  await oneOf(servers, PLAIN);
  await runJob(servers.nomad, await jobFile(JOB), {
    ...treeVariables(servers),
    nomad_addr: servers.nomad,
    metrics_port: `${metricsPort}`,
    bpf_dir: stdout.trim(),
    pins_dir: join(folder, 'maps', 'twin'),
    settings: {
      ...{ POWER_INTERFACES: 'lo', POWER_TICK_MS: '200', POWER_MIN_AWAKE_SECONDS: '0' },
      ...{ POWER_SLEEPS_PER_HOUR: '60', POWER_IDLE_SECONDS: '0' },
    },
  });
  await until('the agent', async () => (await health()).sees, PATIENCE);
});
afterAll(async () => {
  await Promise.allSettled([consul?.close(), nomad?.close()]);
  await servers?.close();
  if (folder === undefined) return;
  await run('umount', [join(folder, 'maps')]).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

describe('the job of the power agent, on three servers of Consul and Nomad', { timeout: 300_000 }, () => {
  test('Nomad runs it on the node, it sees by BPF and obeys: asleep when idle, awake by a connection', async () => {
    expect((await nomad.jobs.read(JOB)).Type).toBe('system');
    expect((await health()).source).toBe('bpf');
    await asleep();
    const before = await allocations();
    expect(await get('/work')).toBe('hello');
    await comesTo('awake');
    expect((await allocations()).length - before.length).toBe(1);
  });

  test('agent and leaders killed while a service sleeps: it still sleeps, and is woken once', async () => {
    await asleep();
    const before = await allocations();
    await disaster();
    expect((await stateOf())?.state).toBe('asleep');
    expect(await allocations()).toEqual(before);
    expect(await get('/work')).toBe('hello');
    await comesTo('awake');
    expect((await allocations()).length - before.length).toBe(1);
  });

  test('agent and leaders killed while it wakes: it comes up once', async () => {
    await asleep();
    const before = await allocations();
    const answer = get('/work');
    await until('waking', async () => (await stateOf())?.state === 'waking');
    await disaster();
    expect(await answer).toBe('hello');
    await comesTo('awake');
    expect((await allocations()).length - before.length).toBe(1);
  });

  test('agent and leaders killed while it is put to sleep: that is finished, and the job can be woken', async () => {
    await writeFile(busyFile(), '');
    await idle(1);
    await until('the drain', async () => (await stateOf())?.stopping);
    await disaster();
    await idle(0);
    await rm(busyFile());
    await comesTo('asleep');
    await until('no instance', async () => (await passing(servers, PLAIN)).length === 0);
    const before = await allocations();
    expect(await get('/work')).toBe('hello');
    await comesTo('awake');
    expect((await allocations()).length - before.length).toBe(1);
  });

  test('without BPF it says so and why, and an idle service does not sleep', async () => {
    await nomad.jobs.stop(JOB, { purge: true });
    await until('its end', async () => (await agentPid()) === undefined);
    const blind = await startPowerAgent(servers, { POWER_BPF: '/nonexistent', POWER_PINS: '' });
    try {
      await idle(1);
      await until('the reason', async () => {
        const { services } = await blind.health();
        return services.some(({ reason, idleSeconds }) => idleSeconds === 1 && reason.includes('told from silence'));
      });
      expect(await blind.health()).toMatchObject({ source: 'ss', sees: false });
      expect((await blind.health()) as object).toMatchObject({ words: expect.stringMatching(/conntrack.*CAP_BPF/s) });
      const ticks = async () => /twin_power_ticks_total (\d+)/.exec(await blind.metrics())?.[1];
      const from = Number(await ticks());
      await until('25 more looks', async () => Number(await ticks()) - from >= 25);
      expect((await stateOf())?.state).toBe('awake');
      expect(await blind.metrics()).not.toMatch(/twin_power_actions_total\{act="sleep"/);
    } finally {
      await blind.stop();
    }
  });

  test('a node: kept on by a job, then drained and suspended, and given back when it is on again', async () => {
    const stop = new AbortController();
    const board = new Board();
    const following = board.follow(consul, stop.signal, () => {});
    const during: unknown[] = [];
    const node = async () => (await nomad.nodes.list()).find(({ Name }) => Name === 'loopback');
    const nodeIs = async () => board.nodes().get('loopback')?.state?.state;
    const keeper = new NodeKeeper({
      ...{ node: 'loopback', board, consul, now: Date.now, clock: realClock, log: createLog('silent') },
      rules: { minOnMs: 0, minOffMs: 0, sleepsPerHour: 2 },
      cluster: new ClusterView(consul, nomad),
      suspend: async () => {
        await until('the news', async () => (await nodeIs()) === 'off');
        during.push((await node())?.SchedulingEligibility);
      },
      send: async () => {},
      interfaces: () => [],
    });
    try {
      await consul.kv.put(nodePolicyKey('loopback'), JSON.stringify({ wol: true }));
      await until('the policy', () => board.nodes().get('loopback')?.policy?.wol);
      await keeper.tick(stop.signal);
      expect(keeper.verdicts()).toEqual([{ node: 'loopback', act: 'keep', reason: `${PLAIN} runs on it` }]);
      await nomad.jobs.stop(PLAIN, { purge: true });
      await until('the suspension', async () => {
        await keeper.tick(stop.signal);
        return during.length > 0;
      });
      expect(during).toEqual(['ineligible']);
      await until('the news', async () => (await nodeIs()) === 'on');
      expect(await node()).toMatchObject({ SchedulingEligibility: 'eligible', Drain: false });
    } finally {
      stop.abort();
      await following;
    }
  });
});
