import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { approvalParts } from '../approval-parts.js';
import { readConfig } from '../config.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { realTools } from '../tool-parts.fixture.js';
import { type EchoAgent, openEchoAgent } from './echo-agent.fixture.js';
import type { Role } from './protocol.js';
import { type MethodRules, type ToolView, toolsAnswer } from './tool-protocol.js';

let home: string;
let echo: EchoAgent;
let closeTools: () => Promise<void>;
beforeEach(() => {
  home = temporaryFolder();
});
afterEach(async () => {
  await echo.close();
  await closeTools();
});

/** An agent with every tool that there is, and what its owner has switched off. */
async function open(disabled = ''): Promise<void> {
  const parts = await approvalParts(readConfig({ TWIN_HOME: home }), { tell: () => undefined }, () => undefined);
  const { registry, close } = realTools(parts.approvals, { TOOLS_DISABLED: disabled });
  closeTools = close;
  echo = await openEchoAgent({ TWIN_HOME: home }, { ...parts, tools: registry });
}

const get = (path: string) => request(echo.url).get(path).set(echo.as('viewer')).expect(200);
const put = (role: Role, path: string, body: object) => request(echo.url).put(path).set(echo.as(role)).send(body);
const tool = async (name: string): Promise<ToolView> => {
  const { tools } = toolsAnswer.parse((await get('/api/tools')).body);
  return tools.find((one) => one.name === name) as ToolView;
};
const rulesOf = async (name: string): Promise<MethodRules['policy']> => {
  const { body } = await get('/api/policy');
  return (body.methods as MethodRules[]).find((one) => one.name === name)?.policy as MethodRules['policy'];
};
const byRisk = (rule: string) => ({ rule, default: rule, from: 'default' });

it('shows every tool with its methods, their arguments, risk and policy', async () => {
  await open();
  expect(await tool('timer')).toMatchObject({
    missing: null,
    methods: [
      {
        name: 'timer.set',
        risk: 'write',
        missing: null,
        spoken: false,
        args: { type: 'object', properties: { minutes: { type: 'number' } } },
        policy: { viewer: byRisk('deny'), operator: byRisk('allow'), admin: byRisk('allow') },
      },
      { name: 'timer.list', risk: 'read' },
      { name: 'timer.cancel' },
    ],
  });
  const { body } = await get('/api/tools');
  expect(body.tools.length).toBeGreaterThan(15);
});

it('says of what cannot be used why, and how to get it', async () => {
  await open('clock, timer.cancel');
  expect((await tool('ha')).missing).toEqual({
    reason: 'No Home Assistant is known.',
    next: 'Set HA_URL and HA_TOKEN (a long-lived access token).',
  });
  expect((await tool('clock')).missing?.next).toContain('TOOLS_DISABLED');
  const { missing, methods } = await tool('timer');
  expect(missing).toBe(null);
  expect(methods.map(({ missing: its }) => its?.reason)).toEqual([undefined, undefined, 'It is switched off.']);
});

it('lets administrators alone change the policy, as a whole', async () => {
  await open();
  const policy = { methods: { 'shell.run': { operator: 'deny' }, git: { admin: 'deny' } } };
  await put('operator', '/api/policy', policy).expect(403);
  await put('admin', '/api/policy', { methods: { shell: { operator: 'perhaps' } } }).expect(400);
  await put('admin', '/api/policy', policy).expect(204);
  expect((await get('/api/policy')).body.policy).toEqual(policy);
  expect(await rulesOf('shell.run')).toEqual({
    viewer: byRisk('deny'),
    operator: { rule: 'deny', default: 'ask', from: 'method' },
    admin: byRisk('ask'),
  });
  expect((await rulesOf('git.clone')).admin).toEqual({ rule: 'deny', default: 'ask', from: 'tool' });
});

it('changes the rules of one method and leaves the others, whoever changes them at the same time', async () => {
  await open();
  await put('operator', '/api/policy/shell.run', { operator: 'allow' }).expect(403);
  await put('admin', '/api/policy/shell.dance', { operator: 'allow' }).expect(404);
  await put('admin', '/api/policy/shell.run', { stranger: 'allow' }).expect(400);
  const names = ['shell.run', 'clock.time', 'timer.set', 'git'];
  await Promise.all(names.map((name) => put('admin', `/api/policy/${name}`, { operator: 'deny' }).expect(204)));
  expect(Object.keys((await get('/api/policy')).body.policy.methods).sort()).toEqual([...names].sort());
  await put('admin', '/api/policy/shell.run', { admin: 'allow', operator: null }).expect(204);
  expect(await rulesOf('shell.run')).toMatchObject({
    operator: byRisk('ask'),
    admin: { rule: 'allow', from: 'method' },
  });
  await put('admin', '/api/policy/shell.run', { admin: null }).expect(204);
  expect((await get('/api/policy')).body.policy.methods).not.toHaveProperty('shell.run');
});

it('changes no part of a policy that cannot be understood, and shows what holds until then', async () => {
  writeFileSync(join(home, 'policy.json'), '{');
  await open();
  const refused = await put('admin', '/api/policy/shell.run', { operator: 'allow' }).expect(409);
  expect(refused.body.error.code).toBe('TWIN_POLICY_DAMAGED');
  expect((await rulesOf('timer.set')).admin).toEqual({ rule: 'deny', default: 'allow', from: 'damaged' });
  await put('admin', '/api/policy', { methods: {} }).expect(204);
  expect((await rulesOf('timer.set')).admin).toEqual(byRisk('allow'));
});
