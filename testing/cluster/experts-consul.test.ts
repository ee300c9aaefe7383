import { fileURLToPath } from 'node:url';
import { readConfig } from '@twin/pipecat-app/config.js';
import { type ExpertParts, expertParts } from '@twin/pipecat-app/expert-parts.js';
import type { Llm } from '@twin/pipecat-app/experts/llm.js';
import { createLog } from '@twin/pipecat-app/observe/log.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Head, LlamaServers } from './llama-servers.js';
import { type Servers, startServers } from './servers.js';
import { until } from './until.js';

const prompts = fileURLToPath(new URL('../../prompts', import.meta.url));
const small: Llm = {
  model: 'small',
  seam: 'exact',
  start: async () => {},
  prepare: async () => {},
  async *stream() {
    yield 'I am small.';
  },
  lastAnswer: () => undefined,
  health: () => ({ ok: true, detail: '' }),
  close: async () => {},
};

let consul: Servers;
let llama: LlamaServers;
let head: Head;
let parts: ExpertParts;
beforeAll(async () => {
  [consul, llama] = await Promise.all([startServers({ only: 'consul' }), LlamaServers.open()]);
  head = await llama.head();
  const config = readConfig({ CONSUL_HTTP_ADDR: consul.consul, TWIN_LOG_LEVEL: 'silent' });
  parts = expertParts(config, prompts, small, createLog('silent'));
  await parts.part.start?.(new AbortController().signal);
});
afterAll(async () => {
  await parts?.part.close();
  await parts?.llm.close();
  await Promise.all([consul?.close(), llama?.close()]);
});

async function register(expert: string): Promise<void> {
  const { address, port, meta, service } = head.instance(expert);
  const check = { CheckID: `check-${expert}`, TTL: '1h', Status: 'passing' };
  const body = JSON.stringify({ ID: service, Name: service, Address: address, Port: port, Meta: meta, Check: check });
  const response = await fetch(`${consul.consul}/v1/agent/service/register`, { method: 'PUT', body });
  expect(response.status).toBe(200);
}

async function ask(question: string): Promise<{ said: string; experts: string[] }> {
  const { llm } = parts;
  let said = '';
  const experts: string[] = [];
  const request = {
    messages: [{ role: 'user' as const, content: question }],
    maxTokens: 8,
    wanted: llm.wanted(question),
  };
  for await (const event of llm.answer(request, new AbortController().signal)) {
    if ('text' in event) said += event.text;
    if ('route' in event) experts.push(event.route.expert);
  }
  return { said, experts };
}
const known = (...names: string[]) =>
  until(`experts ${names}`, async () => `${parts.llm.names()}` === `${names}`, { patienceMs: 20_000 });

describe('experts in a real Consul', () => {
  test('are routable as soon as they are registered, without a restart', async () => {
    expect((await ask('Why does my Python function throw an exception?')).said).toBe('I am small.');
    await register('main');
    await register('coding');
    await known('main', 'coding');
    const { said, experts } = await ask('Why does my Python function throw an exception?');
    expect(said).not.toBe('');
    expect(experts).toEqual(['coding']);
    expect(parts.consul()).toBe('ok');
  });

  test('that fail their check are passed over', async () => {
    const failed = await fetch(`${consul.consul}/v1/agent/check/fail/check-coding`, { method: 'PUT' });
    expect(failed.status).toBe(200);
    await until('coding down', async () => parts.experts().some(({ name, ok }) => name === 'coding' && !ok), {
      patienceMs: 20_000,
    });
    expect((await ask('Why does my Python function throw an exception?')).experts).toEqual(['main']);
  });

  test('are still answered while Consul is gone; when it is back, the table catches up', async () => {
    await consul.stop('consul', 'SIGKILL');
    await until('Consul lost', async () => parts.consul() === 'failed', { patienceMs: 20_000 });
    expect((await ask('How are you?')).experts).toEqual(['main']);
    await consul.start('consul');
    await register('math');
    await known('main', 'coding', 'math');
    expect(parts.consul()).toBe('ok');
    expect((await ask('What is twelve percent of 340?')).experts).toEqual(['math']);
  });
});
