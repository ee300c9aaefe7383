import { idleKey, policyKey, stateKey } from '@twin/hashi/power/power-kv.js';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PowerBoard } from '../cluster/power-board.js';
import { openPowerCluster, type PowerCluster } from '../cluster/power-cluster.fixture.js';
import { monotonicClock } from '../experts/clock.js';
import { approvalStage, type Stage } from '../tools/approval/approvals.fixture.js';
import { powerTool } from '../tools/power/power.js';
import { ToolRegistry } from '../tools/registry.js';
import { type EchoAgent, openEchoAgent } from './echo-agent.fixture.js';
import { powerAnswer } from './power-protocol.js';
import type { Role } from './protocol.js';

let cluster: PowerCluster;
let gate: Stage;
let echo: EchoAgent;
beforeEach(async () => {
  cluster = await openPowerCluster();
  gate = approvalStage();
  const power = new PowerBoard({
    kv: cluster.parts.kv,
    experts: async () => ({
      experts: ['coding', 'creative'].map(
        (name) => ({ name, job: `${name}-expert`, state: 'awake', place: 'cluster' }) as never,
      ),
    }),
    clock: monotonicClock,
    now: Date.now,
  });
  const tools = new ToolRegistry([powerTool(cluster.parts)], { consent: gate.approvals });
  echo = await openEchoAgent({}, { power, tools, approvals: gate.approvals });
});
afterEach(async () => {
  await echo.close();
  await cluster.close();
});

const send = async (method: string, path: string, body?: object, role: Role = 'operator', signal?: AbortSignal) => {
  const response = await fetch(`${echo.url}${path}`, {
    method,
    headers: { ...echo.as(role), 'content-type': 'application/json' },
    ...(body && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  return { status: response.status, body: (await response.json()) as Record<string, never> };
};
const get = async (path = '/api/power') => (await send('GET', path, undefined, 'viewer')).body;
const question = () =>
  vi.waitFor(() => {
    const [request] = gate.approvals.list().filter(({ status }) => status === 'new');
    if (!request) throw new Error('Nobody asks.');
    return request;
  });

test('viewers see it, as the schema says, and may change nothing', async () => {
  const { services } = powerAnswer.parse(await get());
  expect(services.map(({ name, state, job }) => [name, state, job])).toEqual([
    ['coding', 'awake', 'coding-expert'],
    ['creative', 'awake', 'creative-expert'],
  ]);
  expect(await get('/api/power/coding')).toMatchObject({ service: 'llama-api-coding' });
  expect((await send('GET', '/api/power/nobody')).status).toBe(404);
  for (const [method, path, body] of [
    ['PUT', '/api/power/coding', { idle_seconds: 5 }],
    ['POST', '/api/power/coding/sleep', {}],
    ['POST', '/api/power/coding/wake', {}],
    ['PUT', '/api/power/nodes/attic', { wol: true }],
  ] as const)
    expect((await send(method, path, body, 'viewer')).status).toBe(403);
  expect(await cluster.wanted('coding-expert')).toBe(1);
});

test('sleeping waits for consent, is done once it is given, and is shown', async () => {
  const asked = send('POST', '/api/power/creative/sleep', {});
  const { id, digest, effect, door, tool } = await question();
  expect([door, tool]).toEqual(['api', 'power.sleep']);
  expect(effect).toMatch(/^Puts creative to sleep\. /);
  expect(await cluster.wanted('creative-expert')).toBe(1);
  const decision = { decision: 'approve', digest };
  expect((await send('POST', `/api/approvals/${id}`, decision, 'viewer')).status).toBe(403);
  expect((await send('POST', `/api/approvals/${id}`, decision)).status).toBe(200);
  expect(await asked).toMatchObject({ status: 200, body: { words: 'The creative expert is going to sleep.' } });
  expect(await cluster.wanted('creative-expert')).toBe(0);
  expect(await get('/api/power/creative')).toMatchObject({ state: 'asleep', spans: [{ state: 'asleep' }] });
  expect(await send('POST', '/api/power/creative/wake', {})).toMatchObject({ status: 200 });
  expect(await get('/api/power/creative')).toMatchObject({ state: 'waking' });
  expect(gate.noted.map(({ what }) => what)).toEqual(['asked', 'approved', 'done']);
});

test('a "no" and a page that goes away leave it awake', async () => {
  const asked = send('POST', '/api/power/creative/sleep', {});
  const { id, digest } = await question();
  await send('POST', `/api/approvals/${id}`, { decision: 'deny', digest });
  expect(await asked).toMatchObject({ status: 403, body: { error: { code: 'TWIN_DENIED' } } });

  const leaving = new AbortController();
  const left = send('POST', '/api/power/creative/sleep', {}, 'operator', leaving.signal).catch(() => 'left');
  await question();
  leaving.abort();
  expect(await left).toBe('left');
  await vi.waitFor(() => expect(gate.approvals.list().filter(({ status }) => status === 'new')).toEqual([]));
  expect(await cluster.wanted('creative-expert')).toBe(1);
});

test('thresholds and policies go to their keys; what changed since it was shown is refused', async () => {
  const put = (body: object) => send('PUT', '/api/power/coding', body);
  expect(await put({ idle_seconds: 600, was: null, may_sleep: false, wake_at: '06:30' })).toMatchObject({
    status: 200,
  });
  expect((await cluster.consul.kv.get(idleKey('llama-api-coding')))?.value).toBe('600');
  expect(JSON.parse((await cluster.consul.kv.get(policyKey('llama-api-coding')))?.value ?? '')).toEqual({
    sleep: false,
    wake_at: '06:30',
  });
  expect(await get('/api/power/coding')).toMatchObject({ idle_seconds: 600, own_threshold: true, may_sleep: false });
  expect(await put({ idle_seconds: 60, was: null })).toMatchObject({
    status: 409,
    body: { error: { code: 'TWIN_POWER_BUSY' } },
  });
  expect((await put({ idle_seconds: -1 })).status).toBe(400);
  expect((await put({ wake_at: '9' })).status).toBe(400);
  expect((await send('PUT', '/api/power/nodes/attic', { wol: true })).status).toBe(200);
});

test('the policy for tools holds for the page, too', async () => {
  await gate.approvals.setPolicy({ methods: { 'power.set_idle_threshold': { operator: 'deny' } } } as never, {
    role: 'admin',
    name: 'x',
    keyId: '',
    way: 'key',
  });
  expect(await send('PUT', '/api/power/coding', { idle_seconds: 5 })).toMatchObject({ status: 403 });
  expect(await cluster.consul.kv.get(idleKey('llama-api-coding'))).toBeUndefined();
});

test('who follows is told when something changes', async () => {
  const stop = new AbortController();
  const response = await fetch(`${echo.url}/api/power?follow=true`, {
    headers: echo.as('viewer'),
    signal: stop.signal,
  });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (what: string) => {
    while (!text.includes(what)) text += (await reader?.read())?.value ?? '';
  };
  await until('event: power');
  const state = { state: 'asleep', job: 'coding-expert', at: Date.now(), by: 'somebody' };
  await cluster.consul.kv.put(stateKey('llama-api-coding'), JSON.stringify(state));
  await until('"state":"asleep"');
  stop.abort();
});
