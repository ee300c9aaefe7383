import { join } from 'node:path';
import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import type { Approvals } from '../../tools/approval/approvals.js';
import { verifyAudit } from '../../tools/approval/audit-verify.js';
import type { Decider } from '../../tools/approval/authority.js';
import { policy } from '../../tools/approval/policy.js';
import { type Context, need, who } from '../context.js';
import { check } from '../errors.js';
import { approvalDecision } from '../protocol.js';

const since = z.object({ since: z.coerce.number().int().min(0).default(0) });

const decider = (response: Response): Decider => {
  const { role, name, keyId, ambient } = who(response);
  return { role, name, keyId, way: ambient ? 'page' : 'key' };
};

/** Requests for consent, the policy and the audit log. Operators decide, administrators change the policy. */
export function approvalRoutes(context: Context): Router {
  const { agent } = context;
  const router = Router();
  const gate = (): Approvals => {
    if (agent.approvals) return agent.approvals;
    throw new TwinError('TWIN_NOT_FOUND', 'This agent asks for no approvals.');
  };

  router.get('/api/approvals', need(context, 'viewer'), (_, response) => {
    response.json({ requests: gate().list(), grants: gate().grants() });
  });
  router.post('/api/approvals/:id', need(context, 'operator'), async (request: Request<{ id: string }>, response) => {
    const { decision, digest } = check(approvalDecision, request.body);
    response.json(await gate().answer(request.params.id, decision, digest, decider(response)));
  });
  router.delete('/api/approvals/:id', need(context, 'operator'), async (request: Request<{ id: string }>, response) => {
    await gate().revoke(request.params.id, decider(response));
    response.status(204).end();
  });
  router.get('/api/policy', need(context, 'viewer'), (_, response) => {
    response.json({ policy: gate().policy() ?? null });
  });
  router.put('/api/policy', need(context, 'admin'), async (request, response) => {
    await gate().setPolicy(check(policy, request.body), decider(response));
    response.status(204).end();
  });
  router.get('/api/audit', need(context, 'operator'), async (request, response) => {
    response.json({ entries: (await agent.audit?.since(check(since, request.query).since)) ?? [] });
  });
  router.get('/api/audit/verdict', need(context, 'operator'), async (_, response) => {
    response.json(await verifyAudit(join(agent.config.TWIN_HOME, 'audit.jsonl'), context.closing));
  });
  return router;
}
