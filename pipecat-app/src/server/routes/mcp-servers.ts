import { Router } from 'express';
import { type Context, need } from '../context.js';

/** `GET /api/mcp-servers`: the MCP servers whose tools the agent uses, how they are, and their methods. */
export function mcpServerRoutes(context: Context): Router {
  const { agent } = context;
  const router = Router();
  router.get('/api/mcp-servers', need(context, 'viewer'), (_, response) => {
    response.json(agent.mcpServers?.() ?? { file: '', problem: '', servers: [] });
  });
  return router;
}
