import { Router } from 'express';
import { type Context, need } from '../context.js';

/** `GET /health`, open to all, and `GET /metrics` for viewers. */
export function openRoutes(context: Context): Router {
  const { agent } = context;
  const router = Router();
  router.get('/health', (_, response) => {
    const health = agent.health();
    const works = health.status === 'ok' || health.status === 'degraded';
    response
      .status(works ? 200 : 503)
      .set('Cache-Control', 'no-store')
      .json(health);
  });
  router.get('/metrics', need(context, 'viewer'), async (_, response) => {
    response.set('Content-Type', agent.metrics.contentType).send(await agent.metrics.text());
  });
  return router;
}
