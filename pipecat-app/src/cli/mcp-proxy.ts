import { Client, type RequestOptions, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { Server, type ServerContext } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { Agent, fetch as undiciFetch } from 'undici';
import { TwinError } from '../errors.js';
import { inWords } from '../lifetime.js';
import type { Connection } from './connection.js';

/** Longest wait for a tool: a person may have to be asked first. */
const CALL_MS = 330_000;

/** Hands every request on to `/mcp` of the agent until standard input ends. Only messages go to standard output. */
export async function mcpProxy(connection: Connection): Promise<void> {
  const { agent, close } = await reach(connection);
  const capabilities = agent.getServerCapabilities() ?? {};
  const server = serveStdio(
    () => {
      const its = new Server(agent.getServerVersion() ?? { name: 'twin', version: '0' }, {
        capabilities: { tools: {}, ...(capabilities.resources && { resources: {} }) },
        instructions: agent.getInstructions() ?? '',
      });
      forward(its, agent, capabilities.resources !== undefined);
      return its;
    },
    { onerror: (error) => void process.stderr.write(`twin mcp: ${error.message}\n`) },
  );
  try {
    await new Promise<void>((resolve) => {
      for (const end of ['end', 'close']) process.stdin.once(end, () => resolve());
    });
  } finally {
    await server.close();
    await close();
  }
}

function forward(server: Server, agent: Client, resources: boolean): void {
  server.setRequestHandler('tools/list', async ({ params }) => {
    const { tools, nextCursor } = await agent.listTools(params);
    return { tools, ...(nextCursor !== undefined && { nextCursor }) };
  });
  server.setRequestHandler('tools/call', ({ params }, ctx) =>
    agent.callTool(
      { name: params.name, arguments: params.arguments ?? {} },
      { signal: ctx.mcpReq.signal, timeout: CALL_MS, ...progressOf(ctx) },
    ),
  );
  if (!resources) return;
  server.setRequestHandler('resources/list', async ({ params }) => {
    const listed = await agent.listResources(params?.cursor === undefined ? undefined : { cursor: params.cursor });
    const { resources: its, nextCursor } = listed;
    return { resources: its, ...(nextCursor !== undefined && { nextCursor }) };
  });
  server.setRequestHandler('resources/templates/list', async () => {
    const { resourceTemplates } = await agent.listResourceTemplates();
    return { resourceTemplates };
  });
  server.setRequestHandler('resources/read', async ({ params }, ctx) => {
    const { contents } = await agent.readResource({ uri: params.uri }, { signal: ctx.mcpReq.signal });
    return { contents };
  });
}

/** Signs of life go on to a client that asked for them. */
function progressOf({ mcpReq }: ServerContext): RequestOptions {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return {};
  return {
    onprogress: (progress) => {
      const params = { ...progress, progressToken };
      // A client that has gone is noticed when standard input ends.
      mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
    },
  };
}

/** @throws TwinError `TWIN_UNREACHABLE`, `TWIN_UNAUTHORIZED` */
async function reach({ endpoint, key, ca }: Connection): Promise<{ agent: Client; close: () => Promise<void> }> {
  const dispatcher = new Agent({
    headersTimeout: CALL_MS,
    bodyTimeout: 0,
    ...(ca !== undefined && { connect: { ca } }),
  });
  const agent = new Client({ name: 'twin-cli', version: '1' }, { versionNegotiation: { mode: 'auto' } });
  const transport = new StreamableHTTPClientTransport(new URL('/mcp', endpoint), {
    requestInit: key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
    fetch: ((input: string | URL, init: object) =>
      undiciFetch(input, { ...init, dispatcher })) as unknown as typeof fetch,
  });
  const close = async (): Promise<void> => {
    await agent.close();
    await dispatcher.destroy();
  };
  try {
    await agent.connect(transport);
    return { agent, close };
  } catch (cause) {
    await close();
    const refused =
      (cause as { data?: { status?: number } }).data?.status === 401 || /401|sign-in/.test(inWords(cause));
    if (refused)
      throw new TwinError('TWIN_UNAUTHORIZED', 'The agent does not know this key.', {
        next: 'Give an API key with --key or TWIN_KEY.',
        cause,
      });
    throw new TwinError('TWIN_UNREACHABLE', `No agent serves MCP at ${endpoint}.`, {
      next: 'Start it with `./bootstrap.sh --local`, or name another address with --endpoint.',
      retryable: true,
      cause,
    });
  }
}
