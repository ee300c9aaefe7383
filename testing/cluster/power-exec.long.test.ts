import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, chown, copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { Consul } from '@twin/hashi/consul.js';
import { type PowerState, parsed, stateKey } from '@twin/hashi/power/power-kv.js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { isRoot, WHY_NOT } from '../power/two-networks.js';
import { jobFile, oneOf, passing, treeVariables } from './deploy.js';
import { askFromElsewhere } from './far-client.js';
import { processesUnder } from './leftovers.js';
import { PLAIN, plainJob } from './plain-job.js';
import { freePorts } from './ports.js';
import { runJob } from './run-job.js';
import { type Servers, startServers } from './servers.js';
import { until } from './until.js';

const run = promisify(execFile);
const NOBODY = 65_534;
const PATIENCE = { patienceMs: 60_000 };
/** Bits of `CapEff`. */
const [NET_ADMIN, BPF] = [12, 39];

let servers: Servers;
let consul: Consul;
let folder: string;
let [port, metricsPort] = [0, 0];

const stateOf = async () => parsed((await consul.kv.get(stateKey(PLAIN)))?.value ?? '') as PowerState | undefined;
const idle = (seconds: number) => consul.kv.put(`pipecat/power/${PLAIN}/idle_seconds`, `${seconds}`);
const comesTo = (state: PowerState['state']) =>
  until(
    `${PLAIN} ${state}`,
    async () => {
      const found = await stateOf();
      return found?.state === state && !found.stopping;
    },
    PATIENCE,
  );
async function asleep(): Promise<void> {
  await idle(1);
  await comesTo('asleep');
  await until('no instance', async () => (await passing(servers, PLAIN)).length === 0);
  await idle(0);
}
const get = (path: string) => askFromElsewhere(port, path);
const health = async () =>
  (await (await fetch(`http://127.0.0.1:${metricsPort}/health`)).json()) as { source: string; sees: boolean };
/** The process below the cluster's folder that runs a program. */
async function processOf(program: RegExp): Promise<number> {
  const all = await processesUnder(servers.folder);
  return all.find((pid) => program.test(readFileSync(`/proc/${pid}/cmdline`, 'utf8'))) ?? 0;
}
const agentPid = () => processOf(/^[^\0]*node\0[\s\S]*power-agent\/dist\/main\.js/);
const rightsOf = (pid: number) =>
  BigInt(`0x${/CapEff:\s*(\w+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]}`);

/** As the roles have it: the loader for the job's user only, with its rights on the file; a folder for the maps. */
async function prepare(): Promise<{ tools: string; pins: string }> {
  const [tools, maps] = [join(folder, 'tools'), join(folder, 'maps')];
  for (const one of [tools, maps]) await mkdir(one);
  const { stdout } = await run(join(ROOT, 'power-agent/bpf/build.sh'));
  for (const name of ['loader', 'traffic_monitor.o']) await copyFile(join(stdout.trim(), name), join(tools, name));
  await chown(join(tools, 'loader'), 0, NOBODY);
  await chmod(join(tools, 'loader'), 0o750);
  await run('setcap', ['cap_bpf,cap_net_admin+ep', join(tools, 'loader')]);
  await run('mount', ['-t', 'bpf', 'bpf', maps]);
  const pins = join(maps, 'twin');
  await mkdir(pins, { mode: 0o700 });
  await chown(pins, NOBODY, NOBODY);
  return { tools, pins };
}

beforeEach(({ skip }) => skip(!isRoot, WHY_NOT));
beforeAll(async () => {
  if (!isRoot) return;
  folder = await mkdtemp(join(tmpdir(), 'twin-power-'));
  await chmod(folder, 0o755);
  const { tools, pins } = await prepare();
  const read = { app: resolve(ROOT), tools };
  servers = await startServers({ chroot: [process.execPath], volumes: { ...read, pins } });
  consul = new Consul({ address: servers.consul });
  [port, metricsPort] = (await freePorts(2)) as [number, number];
  await idle(0);
  await runJob(servers.nomad, plainJob(port, join(folder, 'busy')));
  await oneOf(servers, PLAIN);
  await runJob(servers.nomad, await jobFile('power-agent'), {
    ...treeVariables(servers),
    ...{ driver: 'exec', user: 'nobody', volumes: read, pins_volume: 'pins', pins_dir: '/run/twin/bpf' },
    ...{ nomad_addr: servers.nomad, metrics_port: `${metricsPort}`, bpf_dir: tools },
    settings: {
      ...{ POWER_INTERFACES: 'lo', POWER_TICK_MS: '200', POWER_MIN_AWAKE_SECONDS: '0' },
      ...{ POWER_SLEEPS_PER_HOUR: '60', POWER_IDLE_SECONDS: '0' },
    },
  });
  await until('the agent', async () => (await health()).source !== '', PATIENCE);
  if ((await health()).source === 'bpf') await until('its first look', async () => (await health()).sees);
});
afterAll(async () => {
  await consul?.close();
  await servers?.close();
  if (folder === undefined) return;
  await run('umount', [join(folder, 'maps')]).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

describe('the power agent under the exec driver, as nobody', { timeout: 300_000 }, () => {
  test('it sees by BPF, without a right of its own; its loader has two', async () => {
    expect(await health()).toMatchObject({ source: 'bpf', sees: true });
    expect(rightsOf(await agentPid())).toBe(0n);
    const loader = await processOf(/^[^\0]*\/loader\0/);
    expect(rightsOf(loader)).toBe((1n << BigInt(NET_ADMIN)) | (1n << BigInt(BPF)));
  });

  test('an idle service sleeps, and a client that knows nothing wakes it without a refusal', async () => {
    await asleep();
    expect(await get('/work')).toBe('hello');
    await comesTo('awake');
  });

  test('killed while a service sleeps: its maps are still there, and the next agent wakes it', async () => {
    await asleep();
    const pid = await agentPid();
    process.kill(pid, 'SIGKILL');
    expect(await get('/work')).toBe('hello');
    await comesTo('awake');
    expect(await agentPid()).not.toBe(pid);
  });
});
