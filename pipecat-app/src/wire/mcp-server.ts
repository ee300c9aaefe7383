import { ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import type { ToolRegistry } from '../tools/registry.js';
import type { Controls } from '../tools/tool.js';
import type { McpCalls } from './mcp-calls.js';
import { type MemoryShelf, serveMemory } from './mcp-memory.js';
import { tellProgress } from './mcp-progress.js';
import { mcpNames, mcpTool } from './mcp-tools.js';

const INSTRUCTIONS =
  'Tools and memory of Twin, a voice agent. Tools that may harm ask a person first, so a call can take minutes.';

export type McpParts = {
  version: string;
  registry: ToolRegistry;
  memory?: MemoryShelf | undefined;
  calls: McpCalls;
};

/** Who asks, through one request. `gone` aborts when the client hangs up. */
export type McpCaller = { controls: Controls; mayCall: boolean; owner: string; gone: AbortSignal };

/** One server of the Model Context Protocol for one request: the agent's tools and memory. */
export function mcpServer({ version, registry, memory, calls }: McpParts, caller: McpCaller): Server {
  const server = new Server(
    { name: 'twin', title: 'Twin', version },
    { capabilities: { tools: {} }, instructions: INSTRUCTIONS },
  );

  server.setRequestHandler('tools/list', () => {
    const methods = registry.list().filter(({ unavailable }) => unavailable === undefined);
    const names = [...mcpNames(methods.map(({ name }) => name)).keys()];
    return { tools: methods.map((method, i) => mcpTool(names[i] ?? method.name, method)) };
  });

  server.setRequestHandler('tools/call', async ({ params }, ctx) => {
    const known = mcpNames(registry.list().flatMap((m) => (m.unavailable === undefined ? [m.name] : [])));
    const method = known.get(params.name);
    if (method === undefined)
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'There is no tool of this name; ask for tools/list.');
    if (!caller.mayCall) return said('Calling tools needs a key with the role operator.', true);
    const { signal, end } = calls.begin(caller.owner, ctx.mcpReq.id, [ctx.mcpReq.signal, caller.gone]);
    const told = tellProgress(ctx);
    try {
      const { ok, output } = await registry.call(method, params.arguments ?? {}, caller.controls, signal);
      return said(output, !ok);
    } finally {
      told();
      end();
    }
  });

  if (memory) serveMemory(server, memory);
  return server;
}

const said = (text: string, isError: boolean) => ({ content: [{ type: 'text' as const, text }], isError });
