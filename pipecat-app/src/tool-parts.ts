import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Config } from './config.js';
import { type InnerNeeds, innerTools } from './inner-tools.js';
import type { Part } from './parts.js';
import { ansibleTool } from './tools/ansible/ansible.js';
import { addressPolicy } from './tools/browser/address-policy.js';
import { webBrowserTool } from './tools/browser/web-browser.js';
import { clockTool } from './tools/clock.js';
import { codeRunnerTool } from './tools/code-runner.js';
import type { Consent } from './tools/consent.js';
import { desktopControlTool } from './tools/desktop/desktop-control.js';
import { finalAnswerTool } from './tools/final-answer.js';
import { gitTool } from './tools/git.js';
import { helpTool } from './tools/help.js';
import { McpServers } from './tools/mcp-servers/mcp-servers.js';
import type { McpServersView } from './tools/mcp-servers/view.js';
import { ToolRegistry } from './tools/registry.js';
import type { SandboxLimits } from './tools/sandbox/limits.js';
import { Sandbox } from './tools/sandbox/sandbox.js';
import { WorkFolders } from './tools/sandbox/work-folders.js';
import { shellTool } from './tools/shell.js';
import { speechTool } from './tools/speech.js';
import { sshTool } from './tools/ssh/ssh.js';
import { statusTool } from './tools/status.js';
import { termEverythingTool } from './tools/term-everything.js';
import { timerTool } from './tools/timer.js';
import type { Timers } from './tools/timers.js';
import type { Tool } from './tools/tool.js';

/** The repository's own folder, seen from `src` and from `dist`. */
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** What tools need of the rest of the agent. */
export type ToolNeeds = {
  consent: Consent;
  timers: Timers;
  /** What the tools of `inner-tools.ts` need; the registry's own names are added here. */
  inner: Omit<InnerNeeds, 'toolNames'>;
  /** Health of the agent's parts. */
  report: () => { name: string; ok: boolean; detail: string }[];
};

export type ToolParts = {
  registry: ToolRegistry;
  mcpServers: () => McpServersView;
  /** The part of the agent that all tools are; `close` ends what uses them. */
  part(close: () => Promise<void>): Part;
  close(): Promise<void>;
};

/**
 * Every tool of the agent, and the registry that calls them.
 * @throws TwinError `TWIN_TOOL_DUPLICATE`, `TWIN_CONFIG`
 */
export function toolParts(config: Config, { consent, timers, report, inner }: ToolNeeds): ToolParts {
  const sandbox = new Sandbox(sandboxLimits(config));
  const work = new WorkFolders(join(config.TWIN_HOME, 'work'));
  const inventory = config.TWIN_INVENTORY || join(ROOT, 'inventory.yaml');
  const pictures = join(config.TWIN_HOME, 'pictures');
  const tools: Tool[] = [
    clockTool(),
    timerTool(timers),
    speechTool(),
    helpTool(),
    finalAnswerTool(),
    statusTool({ startedAt: Date.now(), report }),
    codeRunnerTool(sandbox),
    shellTool(sandbox, work),
    termEverythingTool(sandbox, work, config.SANDBOX_TERMINALS),
    gitTool({ area: join(config.TWIN_HOME, 'work', 'git') }),
    sshTool({
      inventory,
      key: config.TWIN_SSH_KEY || join(config.TWIN_HOME, 'ssh', 'id_ed25519'),
      knownHosts: join(config.TWIN_HOME, 'ssh', 'known_hosts'),
    }),
    ...innerTools(config, { ...inner, toolNames: () => registry.names() }),
    ansibleTool({ folder: ROOT, inventory }),
    webBrowserTool({ executable: config.CHROMIUM, allows: addressPolicy(config.TWIN_BROWSER_PRIVATE), pictures }),
    desktopControlTool({ display: config.DISPLAY, pictures }),
  ];
  const disabled = config.TOOLS_DISABLED.split(',').filter(Boolean);
  const { onProblem, control } = inner;
  const outside = { home: config.TWIN_HOME, version: control.version, onProblem };
  const taken = tools.map(({ name }) => name);
  const mcp = new McpServers(join(config.TWIN_HOME, 'mcp.json'), outside, taken);
  tools.push(...mcp.tools());
  const registry = new ToolRegistry(tools, { disabled, consent });
  const close = async (): Promise<void> => {
    await Promise.allSettled(tools.map((tool) => tool.close?.()));
    await sandbox.close();
  };
  return {
    registry,
    mcpServers: () => mcp.view(),
    part: (before) => ({
      name: 'tools',
      core: false,
      start: async () => mcp.start(),
      health: () => ({ ok: true, detail: [sandbox.detail(), mcp.detail()].filter(Boolean).join('; ') }),
      close: async () => void (await Promise.all([before(), close()])),
    }),
    close,
  };
}

const sandboxLimits = (config: Config): SandboxLimits => ({
  wallMs: config.SANDBOX_TIMEOUT_MS,
  memoryBytes: config.SANDBOX_MEMORY_MB * 2 ** 20,
  processes: config.SANDBOX_PROCESSES,
  outputBytes: config.SANDBOX_OUTPUT_KB * 2 ** 10,
  diskBytes: config.SANDBOX_DISK_MB * 2 ** 20,
});
