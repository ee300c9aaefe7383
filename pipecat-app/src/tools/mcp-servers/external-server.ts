import type { Tool as ServerTool } from '@modelcontextprotocol/client';
import { Backoff } from '@twin/hashi/backoff.js';
import { type Clock, realClock } from '@twin/hashi/clock.js';
import { TwinError } from '../../errors.js';
import type { Method, Tool, ToolResult } from '../tool.js';
import { type McpServerConfig, secretsOf } from './config.js';
import type { Link } from './link.types.js';
import { methodsOf, type Offered, plainName } from './methods.js';
import { oneLine } from './one-line.js';
import { resultText } from './result-text.js';
import type { McpServerView } from './view.js';

/** Longest wait for a server to answer for the first time, in ms; some fetch themselves first. */
const START_MS = 60_000;
const FIRST_WAIT_MS = 1000;
const LONGEST_WAIT_MS = 60_000;
const LONGEST_REASON = 200;

export type ServerParts = {
  home: string;
  version: string;
  onProblem(problem: TwinError): void;
  clock?: Clock;
  startMs?: number;
};

type State = { is: McpServerView['state']; reason: string };

/** One configured server as a tool: connected while the agent runs, again and again with growing waits. */
export class ExternalServer {
  readonly tool: Tool;
  readonly #config: McpServerConfig;
  readonly #parts: Required<ServerParts>;
  readonly #closing = new AbortController();
  #offered: ReadonlyMap<string, Offered> = new Map();
  #methods: Record<string, Method> = {};
  #state: State;
  #link: Link | undefined;
  #running: Promise<void> | undefined;

  /** @param refused why it is not used at all */
  constructor(config: McpServerConfig, parts: ServerParts, refused?: string) {
    this.#config = config;
    this.#parts = { clock: realClock, startMs: START_MS, ...parts };
    const off = config.disabled ? 'mcp.json has "disabled": true' : undefined;
    this.#state =
      refused !== undefined
        ? { is: 'unavailable', reason: refused }
        : off !== undefined
          ? { is: 'off', reason: off }
          : { is: 'starting', reason: 'it has not answered yet' };
    const methods = (): Record<string, Method> => this.#methods;
    this.tool = {
      name: toolName(config.name),
      description: `Tools of the MCP server ${config.name}.`,
      get methods() {
        return methods();
      },
      unavailable: () => this.#unavailable(),
      close: () => this.close(),
    };
  }

  start(): void {
    if (this.#state.is === 'starting') this.#running ??= this.#run(this.#closing.signal);
  }

  view(): McpServerView {
    const { name } = this.#config;
    return {
      name,
      transport: 'url' in this.#config ? 'http' : 'stdio',
      target: targetOf(this.#config),
      state: this.#state.is,
      reason: this.#state.reason,
      methods: Object.entries(this.#methods).map(([method, { risk }]) => ({
        name: `${this.tool.name}.${method}`,
        risk,
      })),
    };
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#running;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts;
    const backoff = new Backoff({ firstMs: FIRST_WAIT_MS, longestMs: LONGEST_WAIT_MS, clock });
    while (!signal.aborted) {
      const since = clock.now();
      const why = this.#shown(await this.#session(signal));
      if (signal.aborted) return;
      if (this.#state.reason !== why)
        this.#parts.onProblem(
          new TwinError('TWIN_MCP_SERVER', `The MCP server ${this.#config.name} does not work: ${why}.`, {
            next: 'It is tried again by itself; `twin mcp servers` shows how it is.',
            retryable: true,
          }),
        );
      this.#state = { is: 'unavailable', reason: why };
      if (clock.now() - since > LONGEST_WAIT_MS) backoff.reset();
      await backoff.wait(signal);
    }
  }

  /** One connection from its beginning to its end; why it ended. */
  async #session(signal: AbortSignal): Promise<string> {
    const { home, version, startMs } = this.#parts;
    let link: Link | undefined;
    const stop = (): void => link?.drop('it was closed');
    signal.addEventListener('abort', stop);
    try {
      const { connect } = await import('./link.js');
      const onTools = (tools: readonly ServerTool[]): void => this.#offer(tools);
      link = await connect(this.#config, { home, version, startMs, signal, onTools });
      this.#link = link;
      this.#state = { is: 'ready', reason: '' };
      return await link.ended;
    } catch (error) {
      return reasonOf(error);
    } finally {
      signal.removeEventListener('abort', stop);
      this.#link = undefined;
      await link?.close();
    }
  }

  #offer(tools: readonly ServerTool[]): void {
    const { name, allow, timeout } = this.#config;
    this.#offered = methodsOf(tools, {
      server: name,
      allow,
      timeoutMs: timeout,
      call: (offered, args, signal) => this.#call(offered, args, signal),
    });
    this.#methods = Object.fromEntries([...this.#offered].map(([its, { method }]) => [its, method]));
  }

  async #call(
    { itsName, definition }: Pick<Offered, 'itsName' | 'definition'>,
    args: object,
    signal: AbortSignal,
  ): Promise<ToolResult> {
    const { name, timeout } = this.#config;
    const now = [...this.#offered.values()].find((each) => each.itsName === itsName);
    if (now?.definition !== definition) {
      const output = `${name} has changed what ${oneLine(itsName, 80)} is since you were asked, so I did not do it.`;
      return { ok: false, output, error: 'TWIN_MCP_CHANGED' };
    }
    const link = this.#link;
    if (link === undefined) throw this.#lost(this.#state.reason);
    try {
      // The registry's limit comes first and tells the server that nobody waits any more.
      return resultText(name, await link.call(itsName, args, signal, timeout + FIRST_WAIT_MS));
    } catch (error) {
      signal.throwIfAborted();
      const answer = link.answered(error);
      if (answer !== undefined) return resultText(name, { content: [{ type: 'text', text: answer }], isError: true });
      const why = reasonOf(error);
      link.drop(why);
      throw this.#lost(this.#shown(why));
    }
  }

  #unavailable(): string | undefined {
    if (this.#state.is === 'ready') return undefined;
    return `The MCP server ${this.#config.name} cannot be used: ${this.#state.reason}. Look at \`twin mcp servers\`.`;
  }

  #lost(why: string): TwinError {
    return new TwinError('TWIN_MCP_LOST', `The MCP server ${this.#config.name} has gone: ${why}.`, {
      next: 'It is tried again by itself; ask again in a moment.',
      retryable: true,
    });
  }

  /** A reason that may be shown: its server may have put secrets in. */
  #shown(why: string): string {
    const secrets = secretsOf(this.#config).filter((secret) => secret.length > 3);
    const plain = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), why);
    return oneLine(plain, LONGEST_REASON).replace(/[.\s]+$/, '');
  }
}

/** The name of the tool that a server becomes. */
export const toolName = (server: string): string => plainName(server).toLowerCase();

/** Where a server is, without what its arguments or its address may hold of secrets. */
const targetOf = (config: McpServerConfig): string =>
  'url' in config ? new URL(config.url).origin : (config.command.split('/').at(-1) ?? '');

/** The innermost reason: what a failed `fetch` says of itself is "fetch failed". */
function reasonOf(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
