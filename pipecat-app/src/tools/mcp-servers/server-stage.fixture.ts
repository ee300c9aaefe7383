import { expect } from 'vitest';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { approvalStage, type Stage } from '../approval/approvals.fixture.js';
import type { Decider } from '../approval/authority.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import type { ToolResult } from '../tool.js';
import { type DemoHome, demoHome } from './demo-home.fixture.js';
import { McpServers } from './mcp-servers.js';
import type { McpServerView } from './view.js';

export const BOSS: Decider = { role: 'admin', name: 'boss', way: 'page' };

/** The servers of `mcp.json`, started. A wait between two tries ends when the test says so. */
export type Started = {
  servers: McpServers;
  registry: ToolRegistry;
  view(name?: string): McpServerView | undefined;
  is(state: string, name?: string): Promise<void>;
  waits: { ms: number; over(): void }[];
};

/** A home, the gate, and real servers; for one test. */
export class ServerStage {
  readonly home: DemoHome = demoHome(temporaryFolder());
  readonly gate: Stage = approvalStage();
  readonly problems: string[] = [];
  readonly open: { close(): Promise<void> }[] = [];

  /** @param own names that tools of the agent have */
  start(own: readonly string[] = ['clock']): Started {
    const waits: Started['waits'] = [];
    const clock = {
      now: () => 0,
      sleep: (ms: number, signal: AbortSignal) =>
        new Promise<void>((resolve) => {
          waits.push({ ms, over: resolve });
          signal.addEventListener('abort', () => resolve(), { once: true });
        }),
    };
    const { folder, file } = this.home;
    const onProblem = ({ message }: Error): void => void this.problems.push(message);
    const servers = new McpServers(file, { home: folder, version: '1', onProblem, clock, startMs: 20_000 }, own);
    const tools = servers.tools();
    this.open.push({ close: async () => void (await Promise.all(tools.map((tool) => tool.close?.()))) });
    servers.start();
    const view = (name = 'demo') => servers.view().servers.find((server) => server.name === name);
    return {
      servers,
      registry: new ToolRegistry(tools, { consent: this.gate.approvals }),
      view,
      is: async (state, name) => void (await expect.poll(() => view(name)?.state).toBe(state)),
      waits,
    };
  }

  /** Starts `demo` alone, as `entry` says, and waits until it can be used. */
  async demo(entry: object = this.home.stdio()): Promise<Started> {
    this.home.configure({ demo: entry });
    const started = this.start();
    await started.is('ready');
    return started;
  }

  /** Calls, and approves what asks. */
  async call({ registry }: Started, method: string, args = {}, stop = new AbortController()): Promise<ToolResult> {
    const controls = controlsOf('s', { caller: { door: 'api' } });
    const answer = registry.call(method, args, controls, stop.signal);
    answer.catch(() => undefined);
    await this.gate.settle();
    const [request] = this.gate.approvals.list();
    if (request?.status === 'new') await this.gate.approvals.answer(request.id, 'approve', request.digest, BOSS);
    return answer;
  }

  async close(): Promise<void> {
    for (const one of this.open.splice(0)) await one.close();
  }
}
