import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Consul } from '@twin/hashi/consul.js';
import { Nomad } from '@twin/hashi/nomad.js';
import { type PowerState, parsed, stateKey } from '@twin/hashi/power/power-kv.js';
import { readConfig } from '@twin/pipecat-app/config.js';
import { type ExpertParts, expertParts } from '@twin/pipecat-app/expert-parts.js';
import { llmThat } from '@twin/pipecat-app/experts/broken-llm.fixture.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import { createLog } from '@twin/pipecat-app/observe/log.js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { isRoot, WHY_NOT } from '../power/two-networks.js';
import { deployExpert, oneOf, passing } from './deploy.js';
import { askFromElsewhere } from './far-client.js';
import { PLAIN, plainJob } from './plain-job.js';
import { freePorts } from './ports.js';
import { type RunningAgent, startPowerAgent } from './power-agent.js';
import { runJob } from './run-job.js';
import { type Servers, startServers } from './servers.js';
import { until } from './until.js';

const run = promisify(execFile);
const prompts = fileURLToPath(new URL('../../prompts', import.meta.url));
const EXPERT = 'llama-api-coding';

let servers: Servers;
let consul: Consul;
let nomad: Nomad;
let parts: ExpertParts;
let folder: string;
let port: number;
let agent: RunningAgent | undefined;

async function start(): Promise<void> {
  agent = await startPowerAgent(servers, { POWER_PINS: join(folder, 'maps', 'twin') });
}
const busyFile = (): string => join(folder, 'busy');
const idle = (service: string, seconds: number) => consul.kv.put(`pipecat/power/${service}/idle_seconds`, `${seconds}`);
const stateOf = async (service: string) =>
  parsed((await consul.kv.get(stateKey(service)))?.value ?? '') as PowerState | undefined;
const comesTo = (service: string, state: PowerState['state'], patienceMs = 30_000) =>
  until(
    `${service} ${state}`,
    async () => {
      const found = await stateOf(service);
      return found?.state === state && !found.stopping;
    },
    { patienceMs },
  );
const asleep = async (service: string): Promise<void> => {
  await idle(service, 1);
  await comesTo(service, 'asleep');
  await until('no instance', async () => (await passing(servers, service)).length === 0);
  await idle(service, 0);
};
/** Instances that were wanted of the job, oldest first. */
const scalings = async (job: string, group: string) => {
  const found = (await nomad.jobs.scaleStatus(job)).TaskGroups[group] as { Events?: { Count?: number }[] };
  return (found.Events ?? []).map(({ Count }) => Count).reverse();
};
const get = (path: string) => askFromElsewhere(port, path);

beforeAll(async () => {
  if (!isRoot) return;
  folder = await mkdtemp(join(tmpdir(), 'twin-power-'));
  await mkdir(join(folder, 'maps'));
  await run('mount', ['-t', 'bpf', 'bpf', join(folder, 'maps')]);
  const store = new ModelStore(readConfig().TWIN_MODELS, loadCatalogue());
  const { model, path } = await store.firstUsable('llm');
  await symlink(path, join(folder, 'good.gguf'));
  servers = await startServers();
  consul = new Consul({ address: servers.consul });
  nomad = new Nomad({ address: servers.nomad });
  const none = llmThat(async function* () {
    yield 'I am small.';
  });
  parts = expertParts(readConfig({ ...servers.env, TWIN_LOG_LEVEL: 'silent' }), prompts, none, createLog('silent'));
  await parts.part.start?.(new AbortController().signal);
  const models = [{ name: 'good', file: 'good.gguf', sha256: model.sha256, prompt: 'completion' as const }];
  await deployExpert(servers, { models, modelsDir: folder, expert: 'coding' });
  [port] = (await freePorts(1)) as [number];
  await runJob(servers.nomad, plainJob(port, busyFile()));
  await oneOf(servers, EXPERT);
  await oneOf(servers, PLAIN);
  await start();
});
beforeEach(({ skip }) => skip(!isRoot, WHY_NOT));
afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.log(await agent?.health(), await stateOf(PLAIN), agent?.output());
});
afterAll(async () => {
  await agent?.stop();
  await parts?.part.close();
  await parts?.llm.close();
  await Promise.allSettled([consul?.close(), nomad?.close()]);
  await servers?.close();
  if (folder === undefined) return;
  await run('umount', [join(folder, 'maps')]).catch(() => undefined);
  await rm(folder, { recursive: true, force: true });
});

describe('the power agent on real Nomad and Consul', () => {
  test('it sees by BPF, and says why each service is awake', async () => {
    await until('the reasons', async () => (await agent?.health())?.services.length === 2);
    expect(await agent?.health()).toMatchObject({ source: 'bpf', sees: true });
    expect((await agent?.health())?.services.map(({ reason }) => reason)).toEqual(
      Array(2).fill('its idle time is 0, which is never'),
    );
  });

  test('a new threshold is obeyed within five seconds: checks do not keep it awake, a request does', async () => {
    const checks = setInterval(() => void get('/health').catch(() => undefined), 100);
    try {
      await idle(PLAIN, 3);
      const began = performance.now();
      await until('the threshold', async () =>
        (await agent?.health())?.services.some(({ service, idleSeconds }) => service === PLAIN && idleSeconds === 3),
      );
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(await get('/work')).toBe('hello');
      const worked = performance.now();
      await until('the decision', async () => (await stateOf(PLAIN))?.state === 'asleep');
      clearInterval(checks);
      await comesTo(PLAIN, 'asleep');
      // Three seconds, give or take a tick.
      expect(performance.now() - worked).toBeGreaterThan(2_700);
      expect(await stateOf(PLAIN)).toMatchObject({
        job: 'plain',
        counts: { web: 1 },
        ports: [port],
        nodes: ['loopback'],
      });
      expect((await nomad.jobs.read('plain')).Stop).not.toBe(true);
    } finally {
      clearInterval(checks);
      await idle(PLAIN, 0);
    }
  });

  test('a client that knows nothing connects to the sleeping port: it is held, the job wakes, and it is answered', async () => {
    await until('the end', async () => (await passing(servers, PLAIN)).length === 0);
    const before = await scalings('plain', 'web');
    const began = performance.now();
    expect(await get('/work')).toBe('hello');
    console.log(`a connection to a sleeping service was answered after ${Math.round(performance.now() - began)} ms`);
    await comesTo(PLAIN, 'awake');
    expect(await scalings('plain', 'web')).toEqual([...before, 1]);
    expect(await agent?.metrics()).toMatch(/twin_power_actions_total\{act="wake",by="syn"\} [1-9]/);
  });

  test('an expert sleeps and is woken by a question to the gateway', async () => {
    await asleep(EXPERT);
    const question = 'Why does my Python function throw an exception?';
    const messages = [{ role: 'user' as const, content: question }];
    const request = { messages, maxTokens: 8, temperature: 0, wanted: parts.llm.wanted(question) };
    const steps: string[] = [];
    await until('the news', () => parts.experts().some(({ detail }) => detail.startsWith('asleep')));
    for await (const event of parts.llm.answer(request, new AbortController().signal))
      if ('route' in event) steps.push(`${event.route.step} ${event.route.expert}`);
    expect(steps).toEqual(['waking coding', 'chosen coding']);
    await comesTo(EXPERT, 'awake');
  });

  test('an expert is woken by a SYN to the port it had', async () => {
    await asleep(EXPERT);
    const [old] = (await stateOf(EXPERT))?.ports ?? [];
    const before = await scalings('coding-expert', 'head');
    const socket = connect({ port: old as number, host: '127.0.0.1', localAddress: '127.0.0.77' }).on(
      'error',
      () => {},
    );
    await comesTo(EXPERT, 'awake');
    socket.destroy();
    expect(await scalings('coding-expert', 'head')).toEqual([...before, 1]);
  });

  test('killed while a service sleeps: the next agent wakes it as ever', async () => {
    await asleep(PLAIN);
    await agent?.stop('SIGKILL');
    await start();
    expect(await get('/work')).toBe('hello');
    await comesTo(PLAIN, 'awake');
  });

  test('killed while it wakes: it comes up once, and the next agent says that it is awake', async () => {
    await asleep(PLAIN);
    const before = await scalings('plain', 'web');
    const answer = get('/work');
    await until('waking', async () => (await stateOf(PLAIN))?.state === 'waking');
    await agent?.stop('SIGKILL');
    await start();
    expect(await answer).toBe('hello');
    await comesTo(PLAIN, 'awake');
    expect(await scalings('plain', 'web')).toEqual([...before, 1]);
  });

  test('killed while it puts to sleep: the next agent finishes that, and the job can be woken', async () => {
    await writeFile(busyFile(), '');
    await idle(PLAIN, 1);
    await until('the drain', async () => (await stateOf(PLAIN))?.stopping);
    await agent?.stop('SIGKILL');
    await idle(PLAIN, 0);
    expect(await passing(servers, PLAIN)).toHaveLength(1);
    await start();
    await rm(busyFile());
    // The killed agent's lock lasts for up to half a minute.
    await comesTo(PLAIN, 'asleep', 100_000);
    expect(Object.values((await nomad.jobs.scaleStatus('plain')).TaskGroups)[0]?.Desired).toBe(0);
    expect(await get('/work')).toBe('hello');
    await comesTo(PLAIN, 'awake');
  });

  test('a job that Nomad has forgotten is started from the copy in Consul', async () => {
    await asleep(PLAIN);
    await nomad.jobs.stop('plain', { purge: true });
    expect(await get('/work')).toBe('hello');
    await comesTo(PLAIN, 'awake');
  });

  test('SIGTERM: it takes its filter off and ends', async () => {
    const filters = async () => (await run('tc', ['filter', 'show', 'dev', 'lo', 'ingress'])).stdout;
    expect(await filters()).toContain('traffic_monitor');
    expect(await agent?.stop()).toBe(0);
    agent = undefined;
    expect(await filters()).not.toContain('traffic_monitor');
  });
});
