import { toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { Log } from '../observe/log.js';
import { type McpCaller, type McpParts, mcpServer } from './mcp-server.js';

const carried = z.object({ caller: z.custom<McpCaller>((value) => typeof value === 'object') });

/** The SDK's part of `/mcp`, in a file of its own so that it is loaded with the first request. */
export type McpDoor = { answer: ReturnType<typeof toNodeHandler> };

/** Opens the door until `closing` aborts. Whose request it is comes with it, as `auth.extra.caller`. */
export function openMcpDoor(parts: McpParts, log: Pick<Log, 'debug'>, closing: AbortSignal): McpDoor {
  const handler = createMcpHandler(({ authInfo }) => mcpServer(parts, carried.parse(authInfo?.extra).caller));
  closing.addEventListener('abort', () => void handler.close(), { once: true });
  return { answer: toNodeHandler(handler, { onerror: (error) => log.debug({ err: error }, 'mcp') }) };
}
