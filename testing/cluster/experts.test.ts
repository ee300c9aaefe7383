import { randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { deployExpert, jobFile, type ListedModel, namesOf, oneOf, passing, treeVariables } from './deploy.js';
import { processesUnder } from './leftovers.js';
import { runJob } from './run-job.js';
import { alive, signalProcess } from './server-process.js';
import { type Servers, startServers } from './servers.js';
import { stopAllJobs } from './stop-jobs.js';
import { allocationsOf, outcomeOf, taskLog } from './task-log.js';
import { until } from './until.js';

const CAPITALS = ['Italy\nA: Rome', 'Spain\nA: Madrid', 'France\nA:']
  .map((rest) => `Q: What is the capital of ${rest}`)
  .join('\n\n');

describe('experts on a real Nomad and Consul', () => {
  let servers: Servers;
  let modelsDir: string;
  let good: ListedModel;

  beforeAll(async () => {
    const store = new ModelStore(readConfig().TWIN_MODELS, loadCatalogue());
    const { model, path } = await store.firstUsable('llm');
    modelsDir = await mkdtemp(join(tmpdir(), 'twin-models-'));
    await symlink(path, join(modelsDir, 'good.gguf'));
    await writeFile(join(modelsDir, 'corrupt.gguf'), 'GGUF and then nothing that makes sense');
    good = { name: 'good', file: 'good.gguf', sha256: model.sha256 };
    servers = await startServers();
  });
  afterAll(async () => {
    await servers?.close();
    await rm(modelsDir, { recursive: true, force: true });
  });
  afterEach(async () => {
    await stopAllJobs(servers.nomad);
    for (const prefix of ['pipecat/experts/', 'pipecat/power/']) await kv('DELETE', `${prefix}?recurse=true`);
    await until('An empty catalogue', async () => (await experts()).length === 0);
  });

  const kv = (method: string, path: string, body = ''): Promise<Response> =>
    fetch(`${servers.consul}/v1/kv/${path}`, method === 'PUT' ? { method, body } : { method });
  const experts = async (): Promise<string[]> =>
    Object.keys((await (await fetch(`${servers.consul}/v1/catalog/services`)).json()) as object).filter((name) =>
      name.startsWith('llama-api-'),
    );

  async function healthCheck(): Promise<{ exitCode: number; output: string }> {
    const variables = { ...treeVariables(servers), timeout_ms: '20000', run_id: randomUUID() };
    const evaluation = await runJob(servers.nomad, await jobFile('health-check'), variables);
    return outcomeOf(servers, { job: 'health-check', task: 'check', evaluation });
  }

  async function answer(expert: string): Promise<string> {
    const { address, port } = await oneOf(servers, namesOf(expert).service);
    const response = await fetch(`http://${address}:${port}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ prompt: CAPITALS, max_tokens: 3, temperature: 0 }),
    });
    const body = (await response.json()) as { choices: { text: string }[] };
    if (!body.choices) throw new Error(JSON.stringify(body));
    return body.choices[0]?.text ?? '';
  }

  async function headLog(job: string): Promise<string> {
    const allocations = await allocationsOf(servers, job);
    const logs = allocations.flatMap(({ ID, TaskStates }) =>
      TaskStates?.head ? [taskLog(servers, ID, 'head'), taskLog(servers, ID, 'head', 'stderr')] : [],
    );
    return (await Promise.all(logs)).join('');
  }

  it('of a list [corrupt, missing, good] the good one serves, degraded, and the health check says so and passes', async () => {
    const models = [
      { name: 'corrupt', file: 'corrupt.gguf' },
      { name: 'missing', file: 'missing.gguf' },
      { name: 'wrong', file: 'corrupt.gguf', sha256: '00' },
      good,
    ];
    await deployExpert(servers, { models, modelsDir, variables: { persona: 'router', context: '512' } });
    const { meta } = await oneOf(servers, 'llama-api-main');
    expect(meta).toMatchObject({
      model: 'good',
      expert: 'main',
      persona: 'router',
      context: '512',
      degraded: 'true',
      build: expect.stringMatching(/^\d+\.\d+\.\d+$/),
    });
    expect(await (await kv('GET', 'pipecat/experts/main?raw')).json()).toMatchObject({ model: 'good', degraded: true });
    expect(await answer('main')).toContain('Paris');
    const log = await headLog('llamacpp-rpc');
    expect(log).toMatch(/not corrupt: llama-server ended/);
    expect(log).toMatch(/not missing: there is no file/);
    expect(log).toMatch(/not wrong: .* damaged or another model/);

    const { exitCode, output } = await healthCheck();
    expect(output).toMatch(/^main +loopback +good +\d+ +yes +ok$/m);
    expect(exitCode).toBe(0);
  });

  it('a dead expert fails the health check by name and reason; one that sleeps does not', async () => {
    const own = await mkdtemp(join(tmpdir(), 'twin-models-'));
    try {
      await symlink(join(modelsDir, 'good.gguf'), join(own, 'good.gguf'));
      await deployExpert(servers, { models: [good], modelsDir: own, expert: 'writing' });
      await oneOf(servers, 'llama-api-writing');
      await kv('PUT', 'pipecat/power/llama-api-night', JSON.stringify({ state: 'asleep' }));
      const healthy = await healthCheck();
      expect(healthy.output).toMatch(/^night .* asleep$/m);
      expect(healthy.output).toMatch(/^writing .* no +ok$/m);
      expect(healthy.exitCode).toBe(0);
      await rm(join(own, 'good.gguf'));
      signalProcess(await processNamed('head/main.js'), 'SIGKILL');
      await until('The failure of the next head', async () =>
        (await (await kv('GET', 'pipecat/experts/writing?raw')).text()).includes('"error"'),
      );
      const dead = await healthCheck();
      expect(dead.output).toMatch(/^writing .* failed: None of the 1 model\(s\) of llama-api-writing serves/m);
      expect(dead.exitCode).toBe(1);
    } finally {
      await rm(own, { recursive: true });
    }
  });

  it('a head that is killed takes its server with it, and comes back', async () => {
    await deployExpert(servers, { models: [good], modelsDir });
    await oneOf(servers, 'llama-api-main');
    const server = await processNamed('llama-server');
    const head = await processNamed('head/main.js');
    signalProcess(head, 'SIGKILL');
    await until('The end of the server', () => !alive(server));
    const again = await until('Another server', () => processNamed('llama-server').catch(() => undefined));
    expect(again).not.toBe(server);
    expect(await answer('main')).toContain('Paris');
  });

  it('an orderly stop leaves no service, no key and no process', async () => {
    await deployExpert(servers, { models: [good], modelsDir });
    await oneOf(servers, 'llama-api-main');
    await stopAllJobs(servers.nomad);
    // The agent tells the catalogue a moment after it has answered the head.
    await until('An empty catalogue', async () => (await experts()).length === 0);
    expect((await kv('GET', 'pipecat/experts/main')).status).toBe(404);
    await expect(processNamed('llama-server')).rejects.toThrow();
  });

  it('with one RPC worker the layers are on the worker, and the answer is the same', async () => {
    await deployExpert(servers, { models: [{ ...good, layers: 18 }], modelsDir, workers: 1 });
    expect(await answer('main')).toContain('Paris');
    const [worker] = await passing(servers, 'llamacpp-rpc-rpc');
    expect(worker?.meta.build).toMatch(/^\d+\.\d+\.\d+$/);
    expect(worker?.address).toBe('127.0.0.1');
    expect(await commandOf('llama-server')).toContain(`--rpc ${worker?.address}:${worker?.port}`);
    const checks = await (await fetch(`${servers.consul}/v1/health/checks/llamacpp-rpc-rpc`)).json();
    expect(checks).toEqual([]);
  });

  it('a worker of another build is refused before anything is loaded, in words, and in the health check', async () => {
    const stranger = { Name: 'llamacpp-rpc-rpc', Port: 9, Address: '127.0.0.1', Meta: { build: '0.0.1' } };
    await fetch(`${servers.consul}/v1/agent/service/register`, { method: 'PUT', body: JSON.stringify(stranger) });
    try {
      await deployExpert(servers, { models: [good], modelsDir, workers: 1 });
      const words = /TWIN_EXPERT_BUILD RPC workers of another llama\.cpp build than this head's .*port 9 has 0\.0\.1/;
      await until('The refusal', async () => words.test(await headLog('llamacpp-rpc')));
      await until('The reason', async () => (await kv('GET', 'pipecat/experts/main?raw')).ok);
      const { exitCode, output } = await healthCheck();
      expect(output).toMatch(/^main .* failed: RPC workers of another llama\.cpp build/m);
      expect(exitCode).toBe(1);
    } finally {
      await fetch(`${servers.consul}/v1/agent/service/deregister/llamacpp-rpc-rpc`, { method: 'PUT' });
    }
  });

  it('a node with another build than the job is for starts neither head nor worker', async () => {
    await deployExpert(servers, { models: [good], modelsDir, workers: 1, variables: { build_id: '9.9.9' } });
    await until('The refusal', async () => (await headLog('llamacpp-rpc')).includes('and the job is for 9.9.9'));
    const worker = async (): Promise<string> => {
      const found = (await allocationsOf(servers, 'llamacpp-rpc')).find(({ TaskStates }) => TaskStates?.rpc);
      return found ? taskLog(servers, found.ID, 'rpc', 'stderr') : '';
    };
    await until('The refusal of the worker', async () => (await worker()).includes('and the job is for 9.9.9'));
    expect(await experts()).toEqual([]);
  });

  /** The process of this cluster whose command line contains a text. */
  async function processNamed(text: string): Promise<number> {
    for (const pid of await processesUnder(servers.folder)) {
      if ((await commandLine(pid)).includes(text)) return pid;
    }
    throw new Error(`no process ${text}`);
  }

  async function commandOf(text: string): Promise<string> {
    return commandLine(await processNamed(text));
  }

  async function commandLine(pid: number): Promise<string> {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')).replaceAll('\0', ' ');
  }
});
