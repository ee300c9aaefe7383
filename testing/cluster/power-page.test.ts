import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import type { PowerAnswer, PowerServiceView } from '@twin/pipecat-app/server/power-protocol.js';
import type { ApprovalRequest } from '@twin/pipecat-app/server/protocol.js';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { agentOnCluster, type ClusteredAgent } from './agent-on-cluster.js';
import { deployExpert, expertVariables, oneOf } from './deploy.js';
import { type RunningAgent, startPowerAgent } from './power-agent.js';
import { type Servers, startServers } from './servers.js';
import { until } from './until.js';

let servers: Servers;
let modelsDir: string;
let agent: ClusteredAgent;
let power: RunningAgent;

beforeAll(async () => {
  const { model, path } = await new ModelStore(readConfig().TWIN_MODELS, loadCatalogue()).firstUsable('llm');
  modelsDir = await mkdtemp(join(tmpdir(), 'twin-models-'));
  await symlink(path, join(modelsDir, 'good.gguf'));
  servers = await startServers();
  const models = [{ name: 'good', file: 'good.gguf', sha256: model.sha256 }];
  agent = await agentOnCluster(servers, expertVariables(servers, { models, modelsDir }));
  await deployExpert(servers, { models, modelsDir, expert: 'coding' });
  await oneOf(servers, 'llama-api-coding');
});
afterAll(async () => {
  await power?.stop();
  await agent?.close();
  await servers?.close();
  await rm(modelsDir, { recursive: true, force: true });
});

const coding = () => agent.get<PowerServiceView>('/api/power/coding');
const comesTo = (state: PowerServiceView['state']) =>
  until(`coding ${state}`, async () => (await coding()).state === state, { patienceMs: 60_000 });

it('without a power agent the page shows who runs, and what to do', async () => {
  await until('the expert', async () => (await agent.get<PowerAnswer>('/api/power')).services.length === 1);
  expect(await agent.get('/api/power')).toMatchObject({
    consul: 'ok',
    words: expect.stringContaining('jobs/power-agent.nomad.hcl'),
    services: [{ name: 'coding', job: 'coding-expert', state: 'awake', reason: '' }],
    nodes: [],
  });
});

it('a power agent tells why, and obeys a threshold that is set on the page within five seconds', async () => {
  power = await startPowerAgent(servers, { POWER_PINS: '' });
  await until('the reason', async () => (await coding()).reason !== '');
  expect((await coding()).reason).toBe('its idle time is 0, which is never');
  await agent.put('/api/power/coding', { idle_seconds: 86_400, was: null });
  const began = performance.now();
  await until('the threshold', async () =>
    (await power.health()).services.some(({ idleSeconds }) => idleSeconds === 86_400),
  );
  await until('the news', async () => (await coding()).idle_seconds === 86_400);
  const tookMs = performance.now() - began;
  console.log(`a threshold set on the page was obeyed and shown after ${Math.round(tookMs)} ms`);
  expect(tookMs).toBeLessThan(5_000);
  expect((await agent.get<PowerAnswer>('/api/power')).nodes).toMatchObject([{ node: 'loopback', state: 'awake' }]);
});

it('the button puts to sleep after consent and wakes: Nomad runs the job again, and the timeline has it', async () => {
  const slept = agent.post('/api/power/coding/sleep', {});
  const request = await until('the question', async () => {
    const { requests } = await agent.get<{ requests: ApprovalRequest[] }>('/api/approvals');
    return requests.find(({ status }) => status === 'new');
  });
  expect(request).toMatchObject({ tool: 'power.sleep', door: 'api' });
  await agent.post(`/api/approvals/${request.id}`, { decision: 'approve', digest: request.digest });
  await slept;
  await comesTo('asleep');
  const began = performance.now();
  await agent.post('/api/power/coding/wake', {});
  await comesTo('awake');
  console.log(`button Wake → the expert answers: ${Math.round(performance.now() - began)} ms`);
  await oneOf(servers, 'llama-api-coding');
  await until('the history', async () => {
    const states = (await coding()).spans.map(({ state }) => state).join(' ');
    return /asleep( waking)? awake$/.test(states);
  });
  expect((await coding()).spans.find(({ state }) => state === 'asleep')?.why).toContain('session api-');
});
