import { type Request, Router } from 'express';
import { TwinError } from '../../errors.js';
import { policy, withRules } from '../../tools/approval/policy.js';
import { type Context, deciderOf, gateOf, need } from '../context.js';
import { check } from '../errors.js';
import { rulesChange } from '../tool-protocol.js';
import { asMethodRules, asToolView } from './tool-views.js';

/** The tools and who may call them: to see for viewers, to change for administrators. */
export function toolRoutes(context: Context): Router {
  const { agent } = context;
  const router = Router();
  const admin = need(context, 'admin');
  const inForce = () => (agent.approvals ? agent.approvals.policy() : { methods: {} });

  router.get('/api/tools', need(context, 'viewer'), (_, response) => {
    const its = inForce();
    response.json({ tools: (agent.tools?.catalogue() ?? []).map((tool) => asToolView(tool, its)) });
  });

  router.get('/api/policy', need(context, 'viewer'), (_, response) => {
    const its = gateOf(context).policy();
    const { tools } = agent;
    const methods = (tools?.names() ?? []).map((name) =>
      asMethodRules({ name, risk: tools?.risk(name) ?? 'sensitive' }, its),
    );
    response.json({ policy: its ?? null, methods });
  });
  router.put('/api/policy', admin, async (request, response) => {
    await gateOf(context).setPolicy(check(policy, request.body), deciderOf(response));
    response.status(204).end();
  });
  router.put('/api/policy/:name', admin, async (request: Request<{ name: string }>, response) => {
    const { name } = request.params;
    const known = agent.tools?.names().some((one) => one === name || one.startsWith(`${name}.`));
    if (!known) throw new TwinError('TWIN_NOT_FOUND', 'There is no such method.', { next: 'See them at /api/tools.' });
    const change = check(rulesChange, request.body);
    await gateOf(context).setPolicy((before) => withRules(before, name, change), deciderOf(response));
    response.status(204).end();
  });
  return router;
}
