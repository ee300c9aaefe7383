import { createHash } from 'node:crypto';
import type { Tool as ServerTool } from '@modelcontextprotocol/client';
import { z } from 'zod';
import type { Method, ToolResult } from '../tool.js';
import { boundedSchema } from './bounded-schema.js';
import { oneLine } from './one-line.js';

const MOST_METHODS = 64;
const LONGEST_DESCRIPTION = 200;
const LONGEST_NAME = 48;

/** A tool of a server and the method it became. `definition`: the hash of all that the server said of it. */
export type Offered = { method: Method; itsName: string; definition: string };

export type MethodParts = {
  server: string;
  allow: readonly string[];
  timeoutMs: number;
  call(offered: Pick<Offered, 'itsName' | 'definition'>, args: object, signal: AbortSignal): Promise<ToolResult>;
};

/**
 * The tools of a server as methods. A person is asked before each, unless the server says that it only reads and
 * `allow` names it too: a hint alone decides nothing.
 */
export function methodsOf(tools: readonly ServerTool[], parts: MethodParts): Map<string, Offered> {
  const methods = new Map<string, Offered>();
  for (const tool of tools.slice(0, MOST_METHODS)) methods.set(freeName(tool.name, methods), offer(tool, parts));
  return methods;
}

function offer(tool: ServerTool, { server, allow, timeoutMs, call }: MethodParts): Offered {
  const { name: itsName, description = '', title = '', inputSchema, annotations } = tool;
  const all = JSON.stringify({ description, title, inputSchema, annotations });
  const known = { itsName, definition: createHash('sha256').update(all).digest('hex') };
  const said = oneLine(`${title} ${description}`, LONGEST_DESCRIPTION);
  const method: Method = {
    description: said === '' ? `A tool of the MCP server ${server}.` : `The MCP server ${server} says of it: ${said}`,
    args: argsOf(inputSchema),
    risk: annotations?.readOnlyHint === true && allow.includes(itsName) ? 'read' : 'sensitive',
    effect: () => `Calls ${oneLine(itsName, 80)} of the MCP server ${server}.`,
    timeoutMs,
    run: (args: Record<string, unknown>, { signal }) => call(known, args, signal),
  };
  return { ...known, method };
}

/** What cannot be understood takes any object: the server checks again. */
function argsOf(schema: ServerTool['inputSchema']): Method['args'] {
  try {
    return z.fromJSONSchema(boundedSchema(schema)) as Method['args'];
  } catch {
    return z.looseObject({});
  }
}

/** A name as tools have them: two `_` would mean a dot to models that call natively. Alike ones get a number. */
function freeName(itsName: string, taken: ReadonlyMap<string, unknown>): string {
  const plain = plainName(itsName).slice(0, LONGEST_NAME).replace(/_$/, '') || 'tool';
  let name = plain;
  for (let n = 2; taken.has(name); n++) name = `${plain}_${n}`;
  return name;
}

export const plainName = (name: string): string => name.replace(/[^A-Za-z0-9]+/g, '_').replace(/^_|_$/g, '');
