import type { Method } from '../tool.js';

/** A configured MCP server as people see it; nothing of its secrets. */
export type McpServerView = {
  name: string;
  transport: 'stdio' | 'http';
  /** The program, or the origin of the address. */
  target: string;
  state: 'off' | 'starting' | 'ready' | 'unavailable';
  /** Why it is not `ready`. */
  reason: string;
  methods: { name: string; risk: Method['risk'] }[];
};

/** `problem`: why the file itself cannot be used; empty when it can, or is not there. */
export type McpServersView = { file: string; problem: string; servers: McpServerView[] };
