import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.js';
import { clockTool } from './tools/clock.js';
import { helpTool } from './tools/help.js';
import { ToolRegistry } from './tools/registry.js';
import { speechTool } from './tools/speech.js';
import { sshTool } from './tools/ssh/ssh.js';
import { statusTool } from './tools/status.js';
import { timerTool } from './tools/timer.js';
import type { Timers } from './tools/timers.js';
import type { Tool } from './tools/tool.js';

/** The repository's own folder, seen from `src` and from `dist`. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What tools need of the rest of the agent. */
export type ToolNeeds = {
  timers: Timers;
  /** Health of the agent's parts. */
  report: () => { name: string; ok: boolean; detail: string }[];
};

/**
 * Every tool of the agent, and the registry that calls them.
 * @throws TwinError `TWIN_TOOL_DUPLICATE`
 */
export function toolParts(
  config: Config,
  { timers, report }: ToolNeeds,
): { registry: ToolRegistry; close(): Promise<void> } {
  const inventory = config.TWIN_INVENTORY || join(ROOT, 'inventory.yaml');
  const tools: Tool[] = [
    clockTool(),
    timerTool(timers),
    speechTool(),
    helpTool(),
    statusTool({ startedAt: Date.now(), report }),
    sshTool({
      inventory,
      key: config.TWIN_SSH_KEY || join(config.TWIN_HOME, 'ssh', 'id_ed25519'),
      knownHosts: join(config.TWIN_HOME, 'ssh', 'known_hosts'),
    }),
  ];
  const disabled = config.TOOLS_DISABLED.split(',').filter(Boolean);
  return {
    registry: new ToolRegistry(tools, { disabled }),
    close: async () => {
      await Promise.allSettled(tools.map((tool) => tool.close?.()));
    },
  };
}
