import { type Request, Router } from 'express';
import { z } from 'zod';
import { toolCaller } from '../call-tool.js';
import { type Context, need } from '../context.js';
import { check } from '../errors.js';
import { followers } from '../followers.js';
import { allowRequest } from '../machines-protocol.js';

const query = z.object({ follow: z.enum(['true', 'false']).default('false') });
type OfMachine = Request<{ mac: string }>;

/** Machines that boot from the network: to see for viewers, to allow, send away and take in for operators, by the tool `machines`. */
export function machinesRoutes(context: Context): Router {
  const { boot } = context.agent;
  const router = Router();
  const viewer = need(context, 'viewer');
  const operator = need(context, 'operator');
  const call = toolCaller(context);
  const follow = followers(context, 'machines', (signal) => boot.follow(signal));

  router.get('/api/machines', viewer, async (request, response) => {
    if (check(query, request.query).follow === 'true') return follow(response);
    response.json(await boot.look());
  });
  router.post('/api/machines/:mac/allow', operator, async (request: OfMachine, response) => {
    const plan = check(allowRequest, request.body);
    response.json({ words: await call('machines.allow', { mac: request.params.mac, ...plan }, response) });
  });
  for (const act of ['revoke', 'join'] as const) {
    router.post(`/api/machines/:mac/${act}`, operator, async (request: OfMachine, response) => {
      response.json({ words: await call(`machines.${act}`, { mac: request.params.mac }, response) });
    });
  }
  return router;
}
