import { mkdtemp, readdir, rm, stat, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Nomad } from '@twin/hashi/nomad.js';
import { readConfig } from '@twin/pipecat-app/config.js';
import { type ExpertParts, expertParts } from '@twin/pipecat-app/expert-parts.js';
import { llmThat } from '@twin/pipecat-app/experts/broken-llm.fixture.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import { createLog } from '@twin/pipecat-app/observe/log.js';
import { approvesAll } from '@twin/pipecat-app/tools/consent.fixture.js';
import { controlsOf } from '@twin/pipecat-app/tools/controls.fixture.js';
import { orchestratorTool } from '@twin/pipecat-app/tools/orchestrator.js';
import { powerTool } from '@twin/pipecat-app/tools/power/power.js';
import { ToolRegistry } from '@twin/pipecat-app/tools/registry.js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { deployExpert, oneOf, passing } from './deploy.js';
import { runJob } from './run-job.js';
import { type Servers, startServers } from './servers.js';
import { until } from './until.js';

const prompts = fileURLToPath(new URL('../../prompts', import.meta.url));
const QUESTION = 'Why does my Python function throw an exception?';
const none = llmThat(async function* () {
  yield 'I am small.';
});

let servers: Servers;
let modelsDir: string;
let parts: ExpertParts;
let nomad: Nomad;
let registry: ToolRegistry;
beforeAll(async () => {
  const store = new ModelStore(readConfig().TWIN_MODELS, loadCatalogue());
  const { model, path } = await store.firstUsable('llm');
  modelsDir = await mkdtemp(join(tmpdir(), 'twin-models-'));
  await symlink(path, join(modelsDir, 'good.gguf'));
  servers = await startServers();
  const config = readConfig({ ...servers.env, TWIN_LOG_LEVEL: 'silent' });
  parts = expertParts(config, prompts, none, createLog('silent'));
  await parts.part.start?.(new AbortController().signal);
  nomad = new Nomad({ address: servers.nomad });
  registry = new ToolRegistry([powerTool(parts.power), orchestratorTool(nomad)], { consent: approvesAll });
  const models = [{ name: 'good', file: 'good.gguf', sha256: model.sha256, prompt: 'completion' as const }];
  await deployExpert(servers, { models, modelsDir, expert: 'coding' });
  await oneOf(servers, 'llama-api-coding');
  await until('the expert', () => parts.llm.names().includes('coding'));
});
afterAll(async () => {
  await parts?.part.close();
  await parts?.llm.close();
  await nomad?.close();
  await servers?.close();
  await rm(modelsDir, { recursive: true, force: true });
});

const call = (name: string, args: Record<string, unknown> = {}) =>
  registry.call(name, args, controlsOf('a'), new AbortController().signal);
/** At temperature 0: else the model may well end before its first word. */
async function ask(): Promise<{ said: string; steps: string[]; firstMs: number }> {
  const messages = [
    { role: 'system' as const, content: 'Below are questions and long, detailed answers.' },
    { role: 'user' as const, content: QUESTION },
  ];
  const began = performance.now();
  let [said, firstMs] = ['', 0];
  const steps: string[] = [];
  const request = { messages, maxTokens: 24, temperature: 0, wanted: parts.llm.wanted(QUESTION) };
  for await (const event of parts.llm.answer(request, new AbortController().signal)) {
    if ('route' in event) steps.push(`${event.route.step} ${event.route.expert}`);
    if (!('text' in event)) continue;
    firstMs ||= performance.now() - began;
    said += event.text;
  }
  return { said, steps, firstMs };
}

async function running(job: string): Promise<number> {
  const all = await nomad.jobs.allocations(job);
  return all.filter(({ ClientStatus }) => ClientStatus === 'running').length;
}

test('an expert that was put to sleep is woken once by two questions, and answers both', async () => {
  expect((await ask()).said).not.toBe('');
  const began = performance.now();
  expect(await call('power.sleep', { job: 'coding-expert' })).toMatchObject({ ok: true });
  await until('sleep', async () => (await passing(servers, 'llama-api-coding')).length === 0);
  await until('the news', () => parts.experts().some(({ detail }) => detail.startsWith('asleep')));
  const asleepMs = performance.now() - began;
  await until('the end of the head', async () => (await running('coding-expert')) === 0);
  const folder = join(servers.folder, 'slots', 'llama-api-coding');
  const files = (await readdir(folder)).filter((name) => name.startsWith('slot-'));
  expect(files).toEqual([expect.stringMatching(/^slot-\d$/), expect.stringMatching(/^slot-\d\.json$/)]);
  for (const name of files) expect((await stat(join(folder, name))).mode & 0o077).toBe(0);
  expect((await call('power.status')).output).toMatch(/^The coding expert has been asleep for /);
  expect(await call('power.sleep', { job: 'coding-expert' })).toMatchObject({ error: 'TWIN_POWER_ASLEEP' });

  const answers = await Promise.all([ask(), ask()]);
  for (const { said, steps } of answers) {
    expect(steps).toEqual(['waking coding', 'chosen coding']);
    expect(said).not.toBe('');
    expect(said).not.toBe('I am small.');
  }
  // Restored, proved and gone from the disk.
  expect([await readdir(folder), await readdir(join(folder, 'quarantine'))]).toEqual([['quarantine'], []]);
  await until('the state', async () => (await call('power.status')).output === 'Nothing sleeps.');
  const wakeMs = Math.max(...answers.map(({ firstMs }) => firstMs));
  console.log(`sleep ${Math.round(asleepMs)} ms, question to first word of a sleeping expert ${Math.round(wakeMs)} ms`);
  const scaled = (await nomad.jobs.scaleStatus('coding-expert')).TaskGroups.head as { Events?: { Count?: number }[] };
  expect(scaled.Events?.map(({ Count }) => Count)).toEqual([1, 0]);
});

test('thresholds and policies are kept where the power agent reads them', async () => {
  await call('power.set_idle_threshold', { service: 'llama-api-coding', seconds: 600 });
  await call('power.policy', { node: 'attic', wol: true });
  await call('power.policy', { node: 'attic', min_awake_seconds: 60 });
  const value = async (key: string) => (await fetch(`${servers.consul}/v1/kv/pipecat/power/${key}?raw`)).json();
  expect(await value('llama-api-coding/idle_seconds')).toBe(600);
  expect(await value('node/attic/policy')).toEqual({ wol: true, min_awake_seconds: 60 });
  expect((await call('power.status')).output).toContain('The coding expert sleeps after 10 minutes without work.');
});

const batch = (id: string, more = '') => `job "${id}" {
  type = "batch"
  ${more}
  group "g" {
    task "t" {
      driver = "raw_exec"
      config {
        command = "/bin/sh"
        args = ["-c", "cat $NOMAD_TASK_DIR/in"]
      }
      ${more.includes('parameterized') ? 'dispatch_payload {\n file = "in"\n }' : ''}
      resources {
        cpu = 20
        memory = 20
      }
    }
  }
}`;
const PARAMETERIZED = 'parameterized {\n payload = "optional"\n }';

test('what may not sleep is refused', async () => {
  await runJob(servers.nomad, batch('pipecat-app-2'));
  expect(await call('power.sleep', { job: 'pipecat-app-2' })).toMatchObject({ error: 'TWIN_POWER_NEVER' });
  expect(await call('power.wake', { job: 'none' })).toMatchObject({ error: 'TWIN_POWER_UNKNOWN' });
});

test('a parameterized batch job of high priority is dispatched with its payload; others are not', async () => {
  await runJob(servers.nomad, batch('report', `priority = 85\n${PARAMETERIZED}`));
  await runJob(servers.nomad, batch('slow', PARAMETERIZED));
  expect(await call('orchestrator.dispatch', { job: 'slow' })).toMatchObject({ error: 'TWIN_JOB_PRIORITY' });
  expect(await call('orchestrator.dispatch', { job: 'coding-expert' })).toMatchObject({ error: 'TWIN_JOB_KIND' });
  expect(await call('orchestrator.dispatch', { job: 'report', priority: 50 })).toMatchObject({
    error: 'TWIN_TOOL_ARGS',
  });
  const large = { job: 'report', payload: 'é'.repeat(8193) };
  expect(await call('orchestrator.dispatch', large)).toMatchObject({ error: 'TWIN_TOOL_ARGS' });
  const { output } = await call('orchestrator.dispatch', { job: 'report', payload: 'hello' });
  const id = /^Started as (\S+)\.$/.exec(output)?.[1] ?? '';
  expect(id).toMatch(/^report\/dispatch-/);
  await until('the end', async () => (await call('orchestrator.status', { id })).output.includes('is complete'));
});
