import type { Response } from 'express';
import { type Request, Router } from 'express';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import { toolCaller } from '../call-tool.js';
import { type Context, need } from '../context.js';
import { check } from '../errors.js';
import { followers } from '../followers.js';
import { type PowerServiceView, powerNodeSettings, powerSettings } from '../power-protocol.js';

const query = z.object({ follow: z.enum(['true', 'false']).default('false') });
type Named = Request<{ service: string }>;

/**
 * Who is awake and who sleeps: to see for viewers. Operators change it, by the tool `power` and nothing else, so that policy,
 * consent and audit log hold for the page, too.
 */
export function powerRoutes(context: Context): Router {
  const { agent } = context;
  const { power } = agent;
  const router = Router();
  const viewer = need(context, 'viewer');
  const operator = need(context, 'operator');
  const callTool = toolCaller(context);
  const follow = followers(context, 'power', (signal) => power.follow(signal));

  const find = async (name: string): Promise<PowerServiceView> => {
    const { services } = await power.look();
    const found = services.find((one) => one.service === name || one.name === name);
    if (found !== undefined) return found;
    throw new TwinError('TWIN_NOT_FOUND', `No service ${name} may sleep here.`, { next: 'See them at /api/power.' });
  };
  const call = async (method: string, args: Record<string, unknown>, response: Response): Promise<string> => {
    try {
      return await callTool(`power.${method}`, args, response);
    } finally {
      power.changed();
    }
  };

  router.get('/api/power', viewer, async (request, response) => {
    if (check(query, request.query).follow === 'true') return follow(response);
    response.json(await power.look());
  });
  router.get('/api/power/:service', viewer, async (request: Named, response) => {
    response.json(await find(request.params.service));
  });
  router.put('/api/power/:service', operator, async (request: Named, response) => {
    const { service } = await find(request.params.service);
    const { idle_seconds, was, may_sleep, ...policy } = check(powerSettings, request.body);
    const words: string[] = [];
    if (idle_seconds !== undefined)
      words.push(
        await call(
          'set_idle_threshold',
          { service, seconds: idle_seconds, ...(was !== undefined && { was: was ?? -1 }) },
          response,
        ),
      );
    const changes = { ...policy, ...(may_sleep !== undefined && { sleep: may_sleep }) };
    if (Object.keys(changes).length > 0) words.push(await call('policy', { service, ...changes }, response));
    response.json({ words: words.join(' ') });
  });
  router.put('/api/power/nodes/:node', operator, async (request: Request<{ node: string }>, response) => {
    const { wol } = check(powerNodeSettings, request.body);
    response.json({ words: await call('policy', { node: request.params.node, wol }, response) });
  });
  for (const act of ['sleep', 'wake'] as const) {
    router.post(`/api/power/:service/${act}`, operator, async (request: Named, response) => {
      const { name } = await find(request.params.service);
      response.json({ words: await call(act, { job: name }, response) });
    });
  }
  return router;
}
