import { availableParallelism, freemem, hostname, loadavg, totalmem } from 'node:os';
import { Router } from 'express';
import { type Context, need } from '../context.js';

const MB = 1024 * 1024;

/** Read-only views. Without Nomad and Consul this machine is the only node, and it has no jobs. */
export function viewRoutes(context: Context): Router {
  const { agent } = context;
  const router = Router();
  const viewer = need(context, 'viewer');

  router.get('/api/status', viewer, (_, response) => {
    response.json({
      ...agent.health(),
      uptime_s: Math.round(process.uptime()),
      rss_mb: Math.round(process.memoryUsage.rss() / MB),
      auth_disabled: agent.config.AUTH_DISABLED,
      sessions: agent.sessions(),
    });
  });
  router.get('/api/nodes', viewer, (_, response) => {
    const node = {
      name: hostname(),
      role: 'agent',
      ok: true,
      cores: availableParallelism(),
      load: loadavg()[0],
      memory_mb: Math.round(totalmem() / MB),
      free_mb: Math.round(freemem() / MB),
    };
    response.json({ nodes: [node] });
  });
  router.get('/api/jobs', viewer, (_, response) => void response.json({ jobs: [], nomad: agent.health().nomad }));
  router.get('/api/experts', viewer, (_, response) => void response.json({ experts: agent.health().experts }));
  return router;
}
