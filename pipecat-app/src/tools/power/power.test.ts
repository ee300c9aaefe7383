import { idleKey, policyKey, stateKey } from '@twin/hashi/power/power-kv.js';
import { POWER_REPORTS } from '@twin/hashi/power/power-report.js';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openPowerCluster, type PowerCluster } from '../../cluster/power-cluster.fixture.js';
import { approvesAll } from '../consent.fixture.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import { powerTool } from './power.js';

let cluster: PowerCluster;
let registry: ToolRegistry;
beforeEach(async () => {
  cluster = await openPowerCluster();
  registry = new ToolRegistry([powerTool(cluster.parts)], { consent: approvesAll });
});
afterEach(() => cluster.close());

const call = (method: string, args: Record<string, unknown> = {}) =>
  registry.call(`power.${method}`, args, controlsOf('a'), new AbortController().signal);
const value = async (key: string) => (await cluster.consul.kv.get(key))?.value;

test('an expert is put to sleep and woken by its name, by its job and by its service', async () => {
  expect(await call('sleep', { job: 'creative' })).toEqual({
    ok: true,
    output: 'The creative expert is going to sleep.',
  });
  expect(await cluster.wanted('creative-expert')).toBe(0);
  expect(JSON.parse((await value(stateKey('llama-api-creative'))) ?? '')).toMatchObject({
    state: 'asleep',
    job: 'creative-expert',
    by: 'session a',
  });
  expect((await call('status', { service: 'creative' })).output).toBe(
    'The creative expert has been asleep for 1 second.',
  );
  expect((await call('status')).output).toBe('The creative expert has been asleep for 1 second.');
  expect(await call('sleep', { job: 'creative-expert' })).toMatchObject({ error: 'TWIN_POWER_ASLEEP' });
  expect(await call('wake', { job: 'llama-api-creative' })).toEqual({
    ok: true,
    output: 'The creative expert is waking up.',
  });
  expect(await cluster.wanted('creative-expert')).toBe(1);
  expect((await call('status', { service: 'creative' })).output).toBe('The creative expert is waking up.');
  expect(await cluster.wanted('coding-expert')).toBe(1);
});

test('who is awake already is no failure; why is told where a power agent says so', async () => {
  expect(await call('wake', { job: 'coding' })).toEqual({ ok: true, output: 'The coding expert is awake already.' });
  expect((await call('status', { service: 'coding' })).output).toBe('The coding expert is awake.');
  const services = [
    { service: 'llama-api-coding', state: 'awake', act: 'keep', reason: 'it answers 1 request', idle_seconds: 60 },
  ];
  const report = { at: 0, source: 'bpf', sees: true, words: '', idle_seconds: 60, quiet_hours: '', quiet: false };
  await cluster.consul.kv.put(
    `${POWER_REPORTS}attic`,
    JSON.stringify({ ...report, used_wh: 0, budget_wh: 0, services, shares: {} }),
  );
  expect((await call('status', { service: 'coding' })).output).toBe(
    'The coding expert is awake: it answers 1 request.',
  );
});

test('nobody knows, and nothing that holds the agent up, is refused in words', async () => {
  expect(await call('sleep', { job: 'nobody' })).toMatchObject({ error: 'TWIN_POWER_UNKNOWN' });
  expect(await call('wake', { job: 'nobody' })).toMatchObject({ error: 'TWIN_POWER_UNKNOWN' });
  expect(await call('sleep', { job: 'pipecat-app' })).toMatchObject({ error: 'TWIN_POWER_NEVER' });
  expect(await cluster.wanted('pipecat-app')).toBe(1);
});

test('a threshold goes to the key of the service; one that was shown otherwise is refused', async () => {
  const set = (seconds: number, was?: number) =>
    call('set_idle_threshold', { service: 'coding', seconds, ...(was !== undefined && { was }) });
  expect((await set(600, -1)).output).toBe('The coding expert sleeps after 10 minutes without work.');
  expect(await value(idleKey('llama-api-coding'))).toBe('600');
  expect(await set(60, -1)).toMatchObject({ error: 'TWIN_POWER_BUSY' });
  expect(await set(60, 601)).toMatchObject({ error: 'TWIN_POWER_BUSY' });
  expect(await set(0, 600)).toMatchObject({ output: 'The coding expert never sleeps.' });
  expect(await set(30)).toMatchObject({ ok: true });
  expect(await value(idleKey('llama-api-coding'))).toBe('30');
});

test('a policy keeps what it does not name, and forgets a time of waking that is emptied', async () => {
  const policy = async () => JSON.parse((await value(policyKey('llama-api-coding'))) ?? '{}');
  await call('policy', { service: 'coding', sleep: false });
  await call('policy', { service: 'coding', wake_at: '06:30', min_awake_seconds: 60 });
  expect(await policy()).toEqual({ sleep: false, wake_at: '06:30', min_awake_seconds: 60 });
  expect((await call('policy', { service: 'coding', wake_at: '', sleep: true })).output).toBe(
    'The power policy of the coding expert is set.',
  );
  expect(await policy()).toEqual({ sleep: true, min_awake_seconds: 60 });
  expect(await call('policy', { service: 'coding', wake_at: '25:00' })).toMatchObject({ error: 'TWIN_TOOL_ARGS' });
  expect(await call('policy', { service: 'coding' })).toMatchObject({ error: 'TWIN_POWER_POLICY' });
  expect(await call('policy', { wol: true })).toMatchObject({ error: 'TWIN_TOOL_ARGS' });
});
