import { readFile } from 'node:fs/promises';
import {
  createServer as createHttpServer,
  type Server as HttpServer,
  type IncomingMessage,
  type RequestListener,
  type ServerResponse,
} from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import compression from 'compression';
import express, { type Express } from 'express';
import { pinoHttp } from 'pino-http';
import type { Agent } from '../agent.js';
import { TwinError } from '../errors.js';
import { chatDoor } from '../wire/chat-door.js';
import { mcpRoutes } from '../wire/mcp-routes.js';
import { MAX_JSON_BYTES as MAX_CHAT_BYTES, openaiRoutes } from '../wire/openai.js';
import { Guard } from './access/guard.js';
import type { Keys } from './access/keys.js';
import { SignIns } from './access/sign-in.js';
import type { Context } from './context.js';
import { errorHandler } from './errors.js';
import { RequestLimit } from './limits.js';
import { approvalRoutes } from './routes/approvals.js';
import { clusterRoutes } from './routes/cluster.js';
import { keyRoutes } from './routes/keys.js';
import { logRoutes } from './routes/logs.js';
import { machinesRoutes } from './routes/machines.js';
import { mcpServerRoutes } from './routes/mcp-servers.js';
import { memoryRoutes } from './routes/memory.js';
import { messageRoutes } from './routes/messages.js';
import { openRoutes } from './routes/open.js';
import { powerRoutes } from './routes/power.js';
import { promptRoutes } from './routes/prompts.js';
import { signInRoutes } from './routes/sign-in.js';
import { statusRoutes } from './routes/status.js';
import { toolRoutes } from './routes/tools.js';
import { securityHeaders, site } from './site.js';
import { createSockets } from './sockets/sockets.js';
import { TextSessions } from './text-sessions.js';

const MAX_JSON_BYTES = 64 * 1024;
const REQUEST_LEVEL = 'debug';
/** How long a response may still be on its way when the agent stops. */
const LAST_RESPONSES_MS = 2000;

export type Server = {
  /** The same routes without a port, for tests. */
  app: Express;
  /** Address with the real port, for example `http://localhost:8000`. */
  address(): string;
  signInLink(): string;
  /** Takes no new requests or sockets and waits until the old ones are gone. */
  close(): Promise<void>;
};

/**
 * Opens port 8000: Mission Control, REST, WebSockets and the OpenAI doors. The agent's engines need not have started.
 * @throws TwinError `TWIN_PORT`, `TWIN_TLS`
 */
export async function createServer(agent: Agent, keys: Keys, signIns: SignIns = new SignIns()): Promise<Server> {
  const { config } = agent;
  const guard = new Guard(config, keys, signIns);
  const texts = new TextSessions(agent);
  const app = express();
  const http = await listener(config);
  const address = (): string => addressOf(http, config);
  const closing = new AbortController();
  const context: Context = { agent, guard, keys, signIns, texts, address, closing: closing.signal };
  http.on('request', build(app, context));
  const sockets = createSockets(agent, guard);
  http.on('upgrade', (request, socket, head) => sockets.upgrade(request, socket, head));
  await listen(http, config);

  return {
    app,
    address,
    signInLink: () =>
      `${address()}/signin?code=${signIns.issueCode({ role: 'admin', name: 'sign-in link', keyId: '' })}`,
    async close() {
      texts.close();
      closing.abort();
      const closed = new Promise<void>((resolve) => http.close(() => resolve()));
      await sockets.close();
      http.closeIdleConnections();
      const timer = setTimeout(() => http.closeAllConnections(), LAST_RESPONSES_MS);
      await closed;
      clearTimeout(timer);
      await signIns.saved();
    },
  };
}

/** Returns what answers every request. */
function build(app: Express, context: Context): RequestListener {
  const { agent, guard } = context;
  const limit = new RequestLimit();
  const headers = securityHeaders(agent.config.TWIN_TLS_CERT !== '');
  const log = requestLog(agent);
  app.disable('x-powered-by');
  app.use((request, response, next) => {
    log(request, response);
    for (const [name, value] of headers) response.setHeader(name, value);
    guard.checkHost(request.headers);
    next();
  });
  app.use(['/api', '/v1', '/metrics', '/mcp'], limit.handler);
  // Before the compression, which would hold back what is streamed.
  app.use('/v1', openaiRoutes(context));
  app.use(mcpRoutes(context));
  app.use(compression());
  app.use('/api', express.json({ limit: MAX_JSON_BYTES }), (_, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  app.use(openRoutes(context), signInRoutes(context), messageRoutes(context), keyRoutes(context));
  app.use(
    statusRoutes(context),
    clusterRoutes(context),
    logRoutes(context),
    powerRoutes(context),
    machinesRoutes(context),
  );
  app.use(approvalRoutes(context), toolRoutes(context), promptRoutes(context));
  app.use(memoryRoutes(context), mcpServerRoutes(context));
  app.use('/api', () => {
    throw new TwinError('TWIN_NOT_FOUND', 'There is nothing at this address.', {
      next: 'docs/api.md lists what there is.',
    });
  });
  app.use(site());
  app.use(errorHandler(agent.log));
  return chatDoor(context, { limit, headers, log, maxBytes: MAX_CHAT_BYTES, others: app });
}

/** One line per request, without query strings: they may hold a sign-in code. Failures are logged where they happen. */
function requestLog(agent: Agent): RequestListener {
  const write = pinoHttp({
    logger: agent.log,
    quietReqLogger: true,
    autoLogging: { ignore: ({ url }: IncomingMessage) => url === '/health' },
    customLogLevel: () => REQUEST_LEVEL,
    customErrorObject: (
      _request: IncomingMessage,
      _response: ServerResponse,
      _error: Error,
      { req, res, responseTime },
    ) => ({
      req,
      res,
      responseTime,
    }),
    serializers: {
      req: ({ method, url }: { method: string; url: string }) => ({ method, path: url.split('?')[0] }),
      res: ({ statusCode }: { statusCode: number }) => ({ status: statusCode }),
    },
  });
  return (request, response) => {
    if (agent.log.isLevelEnabled(REQUEST_LEVEL)) write(request, response);
  };
}

async function listener(config: Agent['config']): Promise<HttpServer> {
  if (config.TWIN_TLS_CERT === '') return createHttpServer();
  try {
    const [cert, key] = await Promise.all([readFile(config.TWIN_TLS_CERT), readFile(config.TWIN_TLS_KEY)]);
    return createHttpsServer({ cert, key, minVersion: 'TLSv1.2' });
  } catch (error) {
    throw new TwinError('TWIN_TLS', 'The TLS certificate or its key cannot be used.', {
      next: 'Check the files that TWIN_TLS_CERT and TWIN_TLS_KEY name.',
      cause: error,
    });
  }
}

function listen(http: HttpServer, { TWIN_HOST, TWIN_PORT }: Agent['config']): Promise<void> {
  return new Promise((resolve, reject) => {
    http.once('error', (error: NodeJS.ErrnoException) => {
      const why = error.code === 'EADDRINUSE' ? 'is in use' : `cannot be opened (${error.code})`;
      const next =
        error.code === 'EADDRINUSE'
          ? 'Stop the other program, or choose another port with TWIN_PORT.'
          : 'Check TWIN_HOST and TWIN_PORT.';
      reject(new TwinError('TWIN_PORT', `Port ${TWIN_PORT} on ${TWIN_HOST} ${why}.`, { next, cause: error }));
    });
    http.listen(TWIN_PORT, TWIN_HOST, resolve);
  });
}

/** Loopback and wildcard addresses are shown as `localhost`, which browsers count as a secure context. */
function addressOf(http: HttpServer, { TWIN_HOST, TWIN_TLS_CERT }: Agent['config']): string {
  const { port } = http.address() as AddressInfo;
  const local = /^(127\.0\.0\.1|::1|0\.0\.0\.0|::)$/.test(TWIN_HOST);
  const host = local ? 'localhost' : TWIN_HOST.includes(':') ? `[${TWIN_HOST}]` : TWIN_HOST;
  return `${TWIN_TLS_CERT === '' ? 'http' : 'https'}://${host}:${port}`;
}
