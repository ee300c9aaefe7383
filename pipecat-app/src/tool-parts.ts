import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.js';
import { ansibleTool } from './tools/ansible/ansible.js';
import { addressPolicy } from './tools/browser/address-policy.js';
import { webBrowserTool } from './tools/browser/web-browser.js';
import { clockTool } from './tools/clock.js';
import { desktopControlTool } from './tools/desktop/desktop-control.js';
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
 * @throws TwinError `TWIN_TOOL_DUPLICATE`, `TWIN_CONFIG`
 */
export function toolParts(
  config: Config,
  { timers, report }: ToolNeeds,
): { registry: ToolRegistry; close(): Promise<void> } {
  const inventory = config.TWIN_INVENTORY || join(ROOT, 'inventory.yaml');
  const pictures = join(config.TWIN_HOME, 'pictures');
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
    ansibleTool({ folder: ROOT, inventory }),
    webBrowserTool({ executable: config.CHROMIUM, allows: addressPolicy(config.TWIN_BROWSER_PRIVATE), pictures }),
    desktopControlTool({ display: config.DISPLAY, pictures }),
  ];
  const disabled = config.TOOLS_DISABLED.split(',').filter(Boolean);
  return {
    registry: new ToolRegistry(tools, { disabled }),
    close: async () => {
      await Promise.allSettled(tools.map((tool) => tool.close?.()));
    },
  };
}
