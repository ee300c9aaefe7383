import type { AuthInfo } from '@modelcontextprotocol/server';
import express, { type ErrorRequestHandler, type Request, Router } from 'express';
import { z } from 'zod';
import { toPublicError } from '../errors.js';
import type { Principal } from '../server/access/guard.js';
import { type Context, need, who } from '../server/context.js';
import { asTwinError, statusOf } from '../server/errors.js';
import { SilentControls } from '../server/silent-controls.js';
import { McpCalls } from './mcp-calls.js';
import type { McpDoor } from './mcp-door.js';
import type { McpCaller } from './mcp-server.js';

const MAX_BYTES = 256 * 1024;
const PARSE_ERROR = -32_700;
const SERVER_ERROR = -32_000;

const cancelled = z.object({
  method: z.literal('notifications/cancelled'),
  params: z.object({ requestId: z.union([z.string(), z.number()]) }),
});

/**
 * `/mcp`: tools and memory by the Model Context Protocol, in both of its eras. Nothing is kept between requests.
 * Whoever may look may list; calling needs an operator.
 */
export function mcpRoutes(context: Context): Router {
  const { agent, guard, closing } = context;
  const router = Router();
  const { tools: registry, memory, version } = agent;
  if (registry === undefined) return router;
  const calls = new McpCalls();
  const controls = new SilentControls(agent, 'mcp');
  let opened: Promise<McpDoor> | undefined;
  // The SDK takes its memory when somebody knocks for the first time.
  const door = (): Promise<McpDoor> => {
    opened ??= import('./mcp-door.js').then(({ openMcpDoor }) =>
      openMcpDoor({ version, registry, memory, calls }, agent.log, closing),
    );
    return opened;
  };

  const checked: express.RequestHandler = (request, _, next) => {
    guard.checkOrigin(request.headers, false);
    next();
  };
  const body = express.json({ limit: MAX_BYTES });
  router.all('/mcp', checked, need(context, 'viewer'), body, async (request, response) => {
    const caller = who(response);
    const owner = `${caller.keyId}/${caller.name}/${request.socket.remoteAddress}`;
    const ends = cancelled.safeParse(request.body);
    if (ends.success) calls.cancel(owner, ends.data.params.requestId);
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const mayCall = caller.role !== 'viewer';
    const extra = {
      caller: { controls: controls.of(caller), mayCall, owner, gone: AbortSignal.any([gone.signal, closing]) },
    };
    response.set('Cache-Control', 'no-store');
    const { answer } = await door();
    await answer(Object.assign(request, { auth: authOf(caller, extra) }), response, bodyOf(request));
  });
  router.use('/mcp', rpcErrors(agent.log));
  return router;
}

/** What the SDK hands on to the server of this request; the key itself is not in it. */
const authOf = (caller: Principal, extra: { caller: McpCaller }): AuthInfo => ({
  token: '',
  clientId: caller.keyId,
  scopes: [caller.role],
  extra,
});

/** Undefined lets the SDK say what is wrong with a body that is no JSON. */
const bodyOf = (request: Request): unknown => (request.is('json') ? request.body : undefined);

/** Failures before a message is read, in the words of JSON-RPC. */
function rpcErrors(log: { error(fields: object, words: string): void }): ErrorRequestHandler {
  return (raw, _request, response, next) => {
    const error = asTwinError(raw);
    const status = statusOf(error);
    if (status === 500) log.error({ err: error }, 'a request of /mcp failed');
    if (response.headersSent) return next(error);
    const { code, message, next: todo } = toPublicError(error);
    if (status === 401) response.set('WWW-Authenticate', 'Bearer');
    response.status(status).json({
      jsonrpc: '2.0',
      id: null,
      error: {
        code: status === 400 ? PARSE_ERROR : SERVER_ERROR,
        message: `${message} ${todo}`.trim(),
        data: { code },
      },
    });
  };
}
