import { once } from 'node:events';
import { join } from 'node:path';
import request from 'supertest';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { approvalParts } from '../approval-parts.js';
import { readConfig } from '../config.js';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import type { Approvals } from '../tools/approval/approvals.js';
import { verifyAudit } from '../tools/approval/audit-verify.js';
import { controlsOf } from '../tools/controls.fixture.js';
import { type EchoAgent, openEchoAgent } from './echo-agent.fixture.js';

let home: string;
let echo: EchoAgent;
let approvals: Approvals;
let ran: number;
beforeEach(async () => {
  home = temporaryFolder();
  ran = 0;
  const parts = await approvalParts(readConfig({ TWIN_HOME: home }), { tell: () => undefined }, () => undefined);
  approvals = parts.approvals;
  echo = await openEchoAgent({ TWIN_HOME: home }, parts);
});
afterEach(() => echo.close());

/** A call that needs consent; resolves when the question is there. */
async function ask(): Promise<{ id: string; digest: string }> {
  const controls = controlsOf('s', { caller: { door: 'text', role: 'operator', name: 'anna' } });
  const run = async () => {
    ran++;
    return { ok: true as const, output: 'done' };
  };
  const call = { tool: 'shell.run', args: { command: 'ls' }, effect: 'Runs ls.', risk: 'sensitive' as const };
  const asked = { ...call, spokenConsent: false, caller: controls.caller, controls, run };
  await approvals.decide(asked, new AbortController().signal);
  const { body } = await request(echo.url).get('/api/approvals').set(echo.as('viewer')).expect(200);
  return body.requests[0];
}
const decide = (id: string, body: object, role: 'viewer' | 'operator' = 'operator') =>
  request(echo.url).post(`/api/approvals/${id}`).set(echo.as(role)).send(body);

it('takes one decision, of an operator, on what was shown', async () => {
  const { id, digest } = await ask();
  await decide(id, { decision: 'approve', digest }, 'viewer').expect(403);
  await decide(id, { decision: 'approve' }).expect(400);
  await decide(id, { decision: 'approve', digest: 'f'.repeat(64) }).expect(409);
  await decide('other', { decision: 'approve', digest }).expect(404);
  expect(ran).toBe(0);
  expect((await decide(id, { decision: 'approve', digest }).expect(200)).body).toMatchObject({ status: 'approved' });
  await decide(id, { decision: 'deny', digest }).expect(409);
  expect(ran).toBe(1);
});

it('takes a permission for a conversation back', async () => {
  const { id, digest } = await ask();
  await decide(id, { decision: 'session', digest }).expect(200);
  await request(echo.url).delete(`/api/approvals/${id}`).set(echo.as('operator')).expect(204);
  await request(echo.url).delete(`/api/approvals/${id}`).set(echo.as('operator')).expect(404);
});

it('shows the audit log, and whether it is whole', async () => {
  const { id, digest } = await ask();
  await decide(id, { decision: 'deny', digest }).expect(200);
  const { body } = await request(echo.url).get('/api/audit?since=1').set(echo.as('operator')).expect(200);
  expect(body.entries).toMatchObject([{ seq: 2, what: 'denied', details: { id, by: 'operator' } }]);
  const verdict = await request(echo.url).get('/api/audit/verdict').set(echo.as('operator')).expect(200);
  expect(verdict.body).toEqual(await verifyAudit(join(home, 'audit.jsonl')));
  expect(verdict.body).toMatchObject({ ok: true, entries: 2 });
});

it('tells the socket of a page about every request', async () => {
  const socket = new WebSocket(`${echo.url.replace('http', 'ws')}/ws/audio`, { headers: echo.as('operator') });
  await once(socket, 'message');
  const arrived = once(socket, 'message');
  const { id } = await ask();
  expect(JSON.parse(String((await arrived)[0]))).toMatchObject({ type: 'approval.new', session: 's', data: { id } });
  socket.close();
  await once(socket, 'close');
});
