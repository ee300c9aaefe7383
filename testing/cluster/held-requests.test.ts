import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Consul } from '@twin/hashi/consul.js';
import { Nomad } from '@twin/hashi/nomad.js';
import { type PowerState, parsed, stateKey } from '@twin/hashi/power/power-kv.js';
import { readConfig } from '@twin/pipecat-app/config.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { isRoot } from '../power/two-networks.js';
import { deployExpert, oneOf, passing } from './deploy.js';
import { type RunningAgent, startPowerAgent } from './power-agent.js';
import { type Servers, startServers } from './servers.js';
import { until } from './until.js';

const SERVICE = 'llama-api-coding';
const JOB = 'coding-expert';
const TOGETHER = 100;
const PERSONA = 'You write programs and answer in one short sentence. '.repeat(20);

let servers: Servers;
let nomad: Nomad;
let consul: Consul;
let power: RunningAgent;
let agent: ChildProcess;
let door = '';
let home: string;

beforeAll(async () => {
  const { model, path } = await new ModelStore(readConfig().TWIN_MODELS, loadCatalogue()).firstUsable('llm');
  home = await mkdtemp(join(tmpdir(), 'twin-held-'));
  await symlink(path, join(home, 'good.gguf'));
  servers = await startServers();
  nomad = new Nomad({ address: servers.nomad });
  consul = new Consul({ address: servers.consul });
  const models = [{ name: 'good', file: 'good.gguf', sha256: model.sha256, prompt: 'completion' as const }];
  await deployExpert(servers, { models, modelsDir: home, expert: 'coding' });
  await oneOf(servers, SERVICE);
  power = await startPowerAgent(servers, { POWER_PINS: '' });
  [agent, door] = await startTwin();
  await until('the expert', async () => (await (await fetch(`${door}/v1/models`)).text()).includes('expert:coding'));
});
afterAll(async () => {
  await power?.stop();
  if (agent?.exitCode === null) {
    agent.kill('SIGTERM');
    await once(agent, 'exit');
  }
  await Promise.allSettled([nomad?.close(), consul?.close()]);
  await servers?.close();
  await rm(home, { recursive: true, force: true });
});

afterEach(async ({ task }) => {
  if (task.result?.state === 'fail') console.log(await power?.health(), await stateOf(), power?.output());
});

/** The agent without a model of its own, as people run it. */
async function startTwin(): Promise<[ChildProcess, string]> {
  const child = spawn(process.execPath, [join(ROOT, 'pipecat-app/dist/main.js')], {
    env: {
      PATH: process.env.PATH,
      ...servers.env,
      TWIN_HOME: join(home, 'twin'),
      TWIN_MODELS: join(home, 'none'),
      TWIN_ENGINES: join(home, 'none'),
      TWIN_PORT: '0',
      TWIN_LOG_LEVEL: 'silent',
      AUTH_DISABLED: 'true',
    },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  for await (const bytes of child.stdout ?? []) {
    out += String(bytes);
    const address = /Twin listens at (\S+)/.exec(out)?.[1];
    if (address) return [child, address];
  }
  throw new Error('The agent did not start.');
}

/** One streamed answer: what was said, its comments, and when the expert was chosen. */
async function ask(question: string, maxTokens = 4): Promise<{ said: string; comments: string[]; chosenAt: number }> {
  const response = await fetch(`${door}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      ...{ model: 'expert:coding', stream: true, temperature: 0, max_tokens: maxTokens },
      messages: [
        { role: 'system', content: PERSONA },
        { role: 'user', content: question },
      ],
    }),
  });
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  const comments: string[] = [];
  let [said, chosenAt] = ['', 0];
  for (const line of await linesOf(response, (text) => {
    if (text.startsWith(': chosen coding')) chosenAt ||= performance.now();
  })) {
    if (line.startsWith(': ')) comments.push(line.slice(2));
    if (!line.startsWith('data: {')) continue;
    const event = JSON.parse(line.slice(6)) as { choices?: { delta: { content?: string } }[]; error?: object };
    if (event.error) throw new Error(`${JSON.stringify(event.error)} after ${comments.join('; ')}`);
    said += event.choices?.[0]?.delta.content ?? '';
  }
  return { said, comments, chosenAt };
}

async function linesOf(response: Response, onLine: (line: string) => void): Promise<string[]> {
  const decoder = new TextDecoder();
  const lines: string[] = [];
  let held = '';
  for await (const bytes of response.body ?? []) {
    const parts = (held + decoder.decode(bytes as Uint8Array, { stream: true })).split('\n');
    held = parts.pop() ?? '';
    for (const line of parts) {
      onLine(line);
      lines.push(line);
    }
  }
  return lines;
}

const stateOf = async () => parsed((await consul.kv.get(stateKey(SERVICE)))?.value ?? '') as PowerState | undefined;
async function asleep(): Promise<void> {
  await consul.kv.put(`pipecat/power/${SERVICE}/idle_seconds`, '1');
  await until('sleep', async () => {
    const state = await stateOf();
    return state?.state === 'asleep' && !state.stopping;
  });
  await consul.kv.put(`pipecat/power/${SERVICE}/idle_seconds`, '0');
  const running = async () =>
    (await nomad.jobs.allocations(JOB)).some(({ ClientStatus }) => ClientStatus === 'running');
  await until('the end', async () => (await passing(servers, SERVICE)).length === 0 && !(await running()));
}
/** Allocations and evaluations that Nomad has made for the job so far. */
async function starts(): Promise<{ allocations: string[]; scalings: string[] }> {
  const allocations = (await nomad.jobs.allocations(JOB)).map(({ ID }) => ID);
  const evaluations = (await nomad.jobs.evaluations(JOB)) as { ID: string; TriggeredBy: string }[];
  return {
    allocations,
    scalings: evaluations.filter(({ TriggeredBy }) => TriggeredBy === 'job-scaling').map(({ ID }) => ID),
  };
}

/** When the server of the job's newest allocation answers that it is ready, asked every few milliseconds. */
async function readyAt(before: readonly string[]): Promise<number> {
  const port = await until('the allocation', async () => {
    const fresh = (await nomad.jobs.allocations(JOB)).find(({ ID }) => !before.includes(ID));
    const { AllocatedResources } = (fresh && (await nomad.allocations.read(fresh.ID))) ?? {};
    return AllocatedResources?.Shared?.Ports[0]?.Value;
  });
  for (;;) {
    const ok = await fetch(`http://127.0.0.1:${port}/health`).then(
      async (answer) => {
        await answer.body?.cancel();
        return answer.ok;
      },
      () => false,
    );
    if (ok) return performance.now();
    await new Promise((resolve) => setTimeout(resolve, 3));
  }
}

test('100 questions at once to a sleeping expert: one start, 100 answers, no error', { timeout: 240_000 }, async () => {
  if (isRoot) expect((await power.health()).source).toBe('bpf');
  await ask('What is a loop?');
  await asleep();
  const before = await starts();
  const answers = await Promise.all(Array.from({ length: TOGETHER }, (_, i) => ask(`What is number ${i}?`)));
  const after = await starts();
  expect(answers.filter(({ said }) => said !== '')).toHaveLength(TOGETHER);
  expect(answers.flatMap(({ comments }) => comments).filter((one) => one.startsWith('lost'))).toEqual([]);
  expect(after.allocations.length - before.allocations.length).toBe(1);
  expect(after.scalings.length - before.scalings.length).toBe(1);
  console.log(`${TOGETHER} answers, ${after.allocations.length - before.allocations.length} start`);
});

test('what a wake costs beyond the load of the model', { timeout: 240_000 }, async () => {
  const overheads: number[] = [];
  for (let round = 0; round < 5; round++) {
    await until('awake', async () => (await stateOf())?.state === 'awake');
    await ask('What is a list?');
    await asleep();
    // The head reached its own server, although the port is held.
    expect(await readdir(join(servers.folder, 'slots', SERVICE))).toContainEqual(
      expect.stringMatching(/^slot-\d\.json$/),
    );
    const { allocations } = await starts();
    const [ready, { chosenAt }] = await Promise.all([readyAt(allocations), ask('What is a tree?')]);
    overheads.push(chosenAt - ready);
  }
  const sorted = overheads.sort((a, b) => a - b).map(Math.round);
  console.log(`server ready → held question sent, ms: ${sorted.join(', ')}`);
  // The figure is for a quiet machine: docs/figures.md.
  expect(sorted[2]).toBeLessThanOrEqual(500);
});
