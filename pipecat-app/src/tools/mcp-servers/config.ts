import { readFileSync, statSync } from 'node:fs';
import { z } from 'zod';
import { TwinError } from '../../errors.js';

/** Longest time of one call when the file says nothing, in ms. */
const CALL_MS = 60_000;
/** Bits of the group and of everybody else. */
const OTHERS = 0o077;

const common = {
  /** Methods that run without a question, by the server's own names, as far as the server says that they only read. */
  allow: z.array(z.string().min(1)).default([]),
  disabled: z.boolean().default(false),
  /** Longest time of one call, in ms. */
  timeout: z.number().int().min(100).max(600_000).default(CALL_MS),
};
const texts = z.record(z.string().regex(/^[^\s=:]+$/, 'this is no name'), z.string()).default({});
const stdio = z.strictObject({
  type: z.literal('stdio').optional(),
  command: z.string().min(1),
  args: z.array(z.string()).default([]),
  env: texts,
  ...common,
});
const http = z.strictObject({
  type: z.enum(['http', 'streamable-http']).optional(),
  url: z.url({ protocol: /^https?$/, error: 'it must be an http or https address' }),
  headers: texts,
  ...common,
});

/** A server of the Model Context Protocol as `mcp.json` describes it. */
export type McpServerConfig = { name: string } & (z.infer<typeof stdio> | z.infer<typeof http>);

const NAME = /^[A-Za-z][\w-]{0,31}$/;

/**
 * The servers of `mcp.json`, in the shape that other clients use: `{"mcpServers": {"name": {"command", "args", "env"}}}`
 * or `{"url", "headers"}`. No file: none.
 * @throws TwinError `TWIN_MCP_CONFIG` that lists every problem at once; `TWIN_MCP_CONFIG_OPEN` when others can read its secrets
 */
export function readMcpConfig(file: string): McpServerConfig[] {
  const read = textOf(file);
  if (read === undefined) return [];
  const problems: string[] = [];
  const servers = serversOf(read.text, problems);
  if (problems.length > 0) {
    const list = problems.map((problem) => `  ${problem}`).join('\n');
    throw new TwinError('TWIN_MCP_CONFIG', `${file} has ${problems.length} problem(s):\n${list}`, {
      next: 'Correct it and start the agent again; until then no MCP server is used.',
    });
  }
  if ((read.mode & OTHERS) !== 0 && servers.some((server) => secretsOf(server).length > 0)) {
    throw new TwinError('TWIN_MCP_CONFIG_OPEN', `${file} holds secrets, and others can read it.`, {
      next: `Run: chmod 600 ${file}`,
    });
  }
  return servers;
}

/** What must not be shown of a server. */
export const secretsOf = (server: McpServerConfig): string[] =>
  Object.values('url' in server ? server.headers : server.env);

function textOf(file: string): { text: string; mode: number } | undefined {
  try {
    return { text: readFileSync(file, 'utf8'), mode: statSync(file).mode };
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new TwinError('TWIN_MCP_CONFIG', `${file} cannot be read.`, {
      next: 'Check that it belongs to the user that runs the agent.',
      cause,
    });
  }
}

function serversOf(text: string, problems: string[]): McpServerConfig[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The reason of the parser quotes the file, which may hold secrets.
    problems.push('it is no JSON');
    return [];
  }
  const outer = z.strictObject({ mcpServers: z.record(z.string(), z.unknown()) }).safeParse(value);
  if (!outer.success) {
    problems.push('it must be {"mcpServers": {…}} and nothing else');
    return [];
  }
  return Object.entries(outer.data.mcpServers).flatMap(([name, entry]) => {
    if (!NAME.test(name)) problems.push(`${JSON.stringify(name)}: a name is letters, digits, _ and -, 32 at most`);
    const remote = typeof entry === 'object' && entry !== null && 'url' in entry;
    const parsed = (remote ? http : stdio).safeParse(entry);
    if (parsed.success) return [{ name, ...parsed.data }];
    for (const { path, message } of parsed.error.issues) problems.push(`${[name, ...path].join('.')}: ${message}`);
    return [];
  });
}
