import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import type { ExpertView, JobView, PlanAnswer } from '@twin/pipecat-app/server/cluster-protocol.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentOnCluster, type ClusteredAgent } from './agent-on-cluster.js';
import { expertVariables } from './deploy.js';
import { type Servers, startServers } from './servers.js';
import { until } from './until.js';

let servers: Servers;
let modelsDir: string;
let agent: ClusteredAgent;

beforeAll(async () => {
  const { model, path } = await new ModelStore(readConfig().TWIN_MODELS, loadCatalogue()).firstUsable('llm');
  modelsDir = await mkdtemp(join(tmpdir(), 'twin-models-'));
  await symlink(path, join(modelsDir, 'good.gguf'));
  servers = await startServers();
  agent = await agentOnCluster(
    servers,
    expertVariables(servers, { models: [{ name: 'good', file: 'good.gguf', sha256: model.sha256 }], modelsDir }),
  );
});
afterAll(async () => {
  await agent?.close();
  await servers?.close();
  await rm(modelsDir, { recursive: true, force: true });
});

const job = async (id: string) => (await agent.get<{ jobs: JobView[] }>('/api/jobs')).jobs.find((one) => one.id === id);
const expertOf = async (name: string) =>
  (await agent.get<{ experts: ExpertView[] }>('/api/experts')).experts.find((one) => one.name === name);
const inState = (name: string, state: ExpertView['state']) =>
  until(`Expert ${name} ${state}`, async () => (await expertOf(name))?.state === state, { patienceMs: 90_000 });

it('an operator deploys an expert after its plan, sees it awake, reads its log, scales it and stops it', async () => {
  const variables = { job_name: 'math-expert', service_name: 'llama-api-math', context: '512' };
  const plan = await agent.post<PlanAnswer>('/api/jobs/plan', { template: 'llama-expert', variables });
  expect(plan).toMatchObject({ job: 'math-expert', modify_index: 0, changes: true });
  expect(plan.effects).toContain('Group head: Nomad starts 1.');
  expect(plan.diff[0]).toEqual({ sign: '+', depth: 0, text: 'job "math-expert"' });
  expect(await job('math-expert')).toBeUndefined();
  await agent.post('/api/jobs', { plan: plan.plan, modify_index: plan.modify_index });

  await inState('math', 'awake');
  await until('Its slots', async () => (await expertOf('math'))?.slots !== null);
  expect(await expertOf('math')).toMatchObject({
    model: 'good',
    node: 'loopback',
    context: 512,
    slots: { total: 2, busy: 0 },
    job: 'math-expert',
    place: 'cluster',
  });
  expect(await agent.get('/api/nodes')).toMatchObject({ nodes: [{ name: 'loopback', state: 'awake' }] });
  expect(await agent.log('math-expert')).toMatch(/good/);

  const again = await agent.post<PlanAnswer>('/api/jobs/plan', { template: 'llama-expert', variables });
  expect(again).toMatchObject({ changes: false, diff: [] });

  const down = { job: 'math-expert', group: 'head', count: 0 };
  const scaling = await agent.post<PlanAnswer>('/api/jobs/plan', down);
  expect(scaling.effects).toContain('Group head: Nomad stops 1.');
  const { group, count } = down;
  await agent.post('/api/jobs/math-expert/scale', { group, count, modify_index: scaling.modify_index });
  await inState('math', 'asleep');
  await expect(
    agent.post('/api/jobs/math-expert/scale', { group, count: 1, modify_index: scaling.modify_index }),
  ).rejects.toThrow('TWIN_JOB_CHANGED');

  const stopping = await agent.post<PlanAnswer>('/api/jobs/plan', { job: 'math-expert', stop: true });
  await agent.post('/api/jobs/math-expert/stop', { modify_index: stopping.modify_index });
  await until('The stopped job', async () => (await job('math-expert'))?.words === 'It was stopped.');
});
