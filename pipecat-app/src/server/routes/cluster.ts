import { Router } from 'express';
import { planRequest, runRequest, scaleRequest, stopRequest } from '../cluster-protocol.js';
import { type Context, need, who } from '../context.js';
import { check } from '../errors.js';

/** Nodes, jobs and experts for viewers; what changes them for operators, each change planned before. */
export function clusterRoutes(context: Context): Router {
  const { cluster } = context.agent;
  const router = Router();
  const viewer = need(context, 'viewer');
  const operator = need(context, 'operator');

  router.get('/api/nodes', viewer, async (_, response) => void response.json(await cluster.nodes()));
  router.get('/api/jobs', viewer, async (_, response) => void response.json(await cluster.jobs()));
  router.get('/api/experts', viewer, async (_, response) => void response.json(await cluster.experts()));

  router.get('/api/jobs/templates', operator, (_, response) => {
    response.json({ templates: cluster.templates() });
  });
  router.post('/api/jobs/plan', operator, async (request, response) => {
    const admin = who(response).role === 'admin';
    response.json(await cluster.plan(check(planRequest, request.body), { admin }));
  });
  router.post('/api/jobs', operator, async (request, response) => {
    const { plan, modify_index } = check(runRequest, request.body);
    response.status(201).json(await cluster.run(plan, modify_index));
  });
  router.post('/api/jobs/:id/scale', operator, async (request, response) => {
    const { group, count, modify_index: modifyIndex } = check(scaleRequest, request.body);
    response.json(await cluster.scale(request.params.id as string, group, count, { modifyIndex }));
  });
  router.post('/api/jobs/:id/stop', operator, async (request, response) => {
    const { modify_index: modifyIndex } = check(stopRequest, request.body ?? {});
    response.json(await cluster.stop(request.params.id as string, { modifyIndex }));
  });
  return router;
}
