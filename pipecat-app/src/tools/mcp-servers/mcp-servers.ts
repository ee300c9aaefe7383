import { TwinError } from '../../errors.js';
import type { Tool } from '../tool.js';
import { type McpServerConfig, readMcpConfig } from './config.js';
import { ExternalServer, type ServerParts, toolName } from './external-server.js';
import type { McpServersView } from './view.js';

/** The servers of `mcp.json` as tools. Nothing of them stops the agent: what does not work says why. */
export class McpServers {
  readonly #file: string;
  readonly #servers: ExternalServer[];
  #problem = '';

  /** @param taken names of the agent's own tools */
  constructor(file: string, parts: ServerParts, taken: readonly string[]) {
    this.#file = file;
    const names = new Map(taken.map((name) => [name, 'a tool of the agent']));
    this.#servers = this.#read(parts).map((config) => {
      const name = toolName(config.name);
      const other = names.get(name);
      if (other === undefined) names.set(name, `the server ${config.name}`);
      return new ExternalServer(config, parts, other && `the name ${name} is taken by ${other}; give it another one`);
    });
  }

  /** One for each server whose name is free. */
  tools(): Tool[] {
    const seen = new Set<string>();
    return this.#servers
      .filter((server) => server.view().state === 'starting')
      .map(({ tool }) => tool)
      .filter(({ name }) => !seen.has(name) && seen.add(name));
  }

  /** Begins to connect and returns at once. */
  start(): void {
    for (const server of this.#servers) server.start();
  }

  view(): McpServersView {
    return { file: this.#file, problem: this.#problem, servers: this.#servers.map((server) => server.view()) };
  }

  /** In a few words; empty when there is nothing to say. */
  detail(): string {
    if (this.#problem !== '') return 'mcp.json cannot be used';
    const states = this.#servers.map((server) => server.view().state).filter((state) => state !== 'off');
    if (states.length === 0) return '';
    return `${states.filter((state) => state === 'ready').length} of ${states.length} MCP servers`;
  }

  #read({ onProblem }: ServerParts): McpServerConfig[] {
    try {
      return readMcpConfig(this.#file);
    } catch (error) {
      if (!(error instanceof TwinError)) throw error;
      this.#problem = `${error.message} ${error.next}`;
      onProblem(error);
      return [];
    }
  }
}
