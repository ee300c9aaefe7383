import { Router } from 'express';
import { type Context, need } from '../context.js';

const MB = 1024 * 1024;

/** `GET /api/status`: the health, and what the process takes. */
export function statusRoutes(context: Context): Router {
  const { agent } = context;
  const router = Router();
  router.get('/api/status', need(context, 'viewer'), (_, response) => {
    response.json({
      ...agent.health(),
      uptime_s: Math.round(process.uptime()),
      rss_mb: Math.round(process.memoryUsage.rss() / MB),
      auth_disabled: agent.config.AUTH_DISABLED,
      sessions: agent.sessions(),
    });
  });
  return router;
}
