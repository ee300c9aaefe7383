import { mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { deployExpert, type ListedModel, namesOf, oneOf } from './deploy.js';
import { type Servers, startServers } from './servers.js';
import { WatchedAgent } from './watched-agent.js';

const FOR_CODING = 'Why does my Python function throw an exception?';
const FOR_MATH = 'What is twelve percent of 340?';
const FOR_ANYBODY = 'Tell me about bees.';

describe('the agent on a real Consul and Nomad', () => {
  let servers: Servers;
  let agent: WatchedAgent;
  let modelsDir: string;
  let model: ListedModel;

  beforeAll(async () => {
    const store = new ModelStore(readConfig().TWIN_MODELS, loadCatalogue());
    const found = await store.firstUsable('llm');
    modelsDir = await mkdtemp(join(tmpdir(), 'twin-models-'));
    await symlink(found.path, join(modelsDir, 'good.gguf'));
    const { sha256, prompt = 'chat' } = found.model;
    model = { name: 'good', file: 'good.gguf', sha256, prompt };
    servers = await startServers();
    await deploy('main');
    agent = await WatchedAgent.start(servers.consul);
  });
  afterAll(async () => {
    await agent?.stop();
    await servers?.close();
    await rm(modelsDir, { recursive: true, force: true });
  });

  async function deploy(expert: string): Promise<void> {
    await deployExpert(servers, { expert, models: [model], modelsDir, variables: { context: '2048', slots: '1' } });
    await oneOf(servers, namesOf(expert).service);
  }

  it('answers a question to auto, and a typed one, by the expert that Consul names', async () => {
    await agent.health(({ experts }) => experts.some(({ name, ok }) => name === 'main' && ok));
    for (const ask of [() => agent.auto(FOR_ANYBODY), () => agent.typed(FOR_ANYBODY)]) {
      const { answer, routes } = await ask();
      expect(answer).not.toBe('');
      expect(routes).toMatchObject([{ step: 'chosen', expert: 'main', model: 'good', node: 'loopback' }]);
    }
  });

  it('uses a second expert without a restart: for a question that is for it, and by its name', async () => {
    expect((await agent.auto(FOR_CODING)).routes).toMatchObject([{ step: 'chosen', expert: 'main' }]);
    await deploy('coding');
    await agent.knows('coding', 'main');
    const { answer, routes } = await agent.auto(FOR_CODING);
    expect(answer).not.toBe('');
    expect(routes).toMatchObject([{ step: 'chosen', wanted: 'coding', expert: 'coding', node: 'loopback' }]);
    const named = await agent.chat('coding', FOR_ANYBODY, { maxTokens: 8 });
    expect(named).toMatchObject({ text: expect.stringMatching(/\w/), done: true });
    expect(named.comments).toEqual([expect.stringMatching(/^chosen coding: /)]);
  });

  it('still answers when that expert is stopped', async () => {
    await fetch(`${servers.nomad}/v1/job/${namesOf('coding').job}`, { method: 'DELETE' });
    await agent.knows('main');
    const { answer, routes } = await agent.auto(FOR_CODING);
    expect(answer).not.toBe('');
    expect(routes).toMatchObject([{ step: 'chosen', expert: 'main' }]);
  });

  it('answers while Consul is killed, says so in its health, and catches up when it is back', async () => {
    await servers.stop('consul', 'SIGKILL');
    const lost = await agent.health(({ consul }) => consul === 'failed');
    expect(lost.parts.experts).toMatchObject({ ok: false, detail: expect.stringContaining('Consul does not answer') });
    expect(lost.experts).toContainEqual(expect.objectContaining({ name: 'main', ok: true }));
    const without = await agent.auto(FOR_ANYBODY);
    expect(without.answer).not.toBe('');
    expect(without.routes).toMatchObject([{ step: 'chosen', expert: 'main', node: 'loopback' }]);

    await servers.start('consul');
    const back = await agent.health(({ consul }) => consul === 'ok');
    expect(back.parts.experts?.ok).toBe(true);
    await deploy('math');
    await agent.knows('main', 'math');
    expect((await agent.auto(FOR_MATH)).routes).toMatchObject([{ step: 'chosen', expert: 'math' }]);
  });

  it('answers while Nomad is gone and after it is back; an expert that is deployed then is used', async () => {
    await servers.stop('nomad', 'SIGKILL');
    const without = await agent.auto(FOR_ANYBODY);
    expect(without.answer).not.toBe('');
    expect(without.routes).toMatchObject([{ step: 'chosen', node: 'loopback' }]);
    const health = await agent.health(() => true);
    expect(health).toMatchObject({ consul: 'ok', parts: { experts: { ok: true } } });

    await servers.start('nomad');
    await deploy('coding');
    await agent.knows('coding', 'main', 'math');
    expect((await agent.auto(FOR_CODING)).routes).toMatchObject([{ step: 'chosen', expert: 'coding' }]);
  });
});
