import { join } from 'node:path';
import { type Request, Router } from 'express';
import { z } from 'zod';
import { verifyAudit } from '../../tools/approval/audit-verify.js';
import { type Context, deciderOf, gateOf, need } from '../context.js';
import { check } from '../errors.js';
import { approvalDecision } from '../protocol.js';

const since = z.object({ since: z.coerce.number().int().min(0).default(0) });

/** Requests for consent and the audit log. Operators decide. */
export function approvalRoutes(context: Context): Router {
  const { agent } = context;
  const router = Router();
  const gate = () => gateOf(context);

  router.get('/api/approvals', need(context, 'viewer'), (_, response) => {
    response.json({ requests: gate().list(), grants: gate().grants() });
  });
  router.post('/api/approvals/:id', need(context, 'operator'), async (request: Request<{ id: string }>, response) => {
    const { decision, digest } = check(approvalDecision, request.body);
    response.json(await gate().answer(request.params.id, decision, digest, deciderOf(response)));
  });
  router.delete('/api/approvals/:id', need(context, 'operator'), async (request: Request<{ id: string }>, response) => {
    await gate().revoke(request.params.id, deciderOf(response));
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
