import type { CallToolResult, Tool as ServerTool } from '@modelcontextprotocol/client';
import type { McpServerConfig } from './config.js';

/** A connection to a server. */
export type Link = {
  /** Resolves with the reason when it is over. */
  ended: Promise<string>;
  call(name: string, args: object, signal: AbortSignal, timeoutMs: number): Promise<CallToolResult>;
  /** What the server itself answered instead of a result; undefined for every other failure. */
  answered(error: unknown): string | undefined;
  drop(why: string): void;
  close(): Promise<void>;
};
export type ConnectOptions = {
  /** Folder in which programs run. */
  home: string;
  version: string;
  startMs: number;
  signal: AbortSignal;
  /** Told of the tools at first and after each change. */
  onTools(tools: readonly ServerTool[]): void;
};
export type Connect = (config: McpServerConfig, options: ConnectOptions) => Promise<Link>;
