import { join } from 'node:path';
import type { Config } from './config.js';
import { clockTool } from './tools/clock.js';
import { codeRunnerTool } from './tools/code-runner.js';
import { gitTool } from './tools/git.js';
import { helpTool } from './tools/help.js';
import { ToolRegistry } from './tools/registry.js';
import type { SandboxLimits } from './tools/sandbox/limits.js';
import { Sandbox } from './tools/sandbox/sandbox.js';
import { WorkFolders } from './tools/sandbox/work-folders.js';
import { shellTool } from './tools/shell.js';
import { speechTool } from './tools/speech.js';
import { statusTool } from './tools/status.js';
import { termEverythingTool } from './tools/term-everything.js';
import { timerTool } from './tools/timer.js';
import type { Timers } from './tools/timers.js';
import type { Tool } from './tools/tool.js';

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
): { registry: ToolRegistry; detail(): string; close(): Promise<void> } {
  const sandbox = new Sandbox(sandboxLimits(config));
  const work = new WorkFolders(join(config.TWIN_HOME, 'work'));
  const tools: Tool[] = [
    clockTool(),
    timerTool(timers),
    speechTool(),
    helpTool(),
    statusTool({ startedAt: Date.now(), report }),
    codeRunnerTool(sandbox),
    shellTool(sandbox, work),
    termEverythingTool(sandbox, work, config.SANDBOX_TERMINALS),
    gitTool({ area: join(config.TWIN_HOME, 'work', 'git') }),
  ];
  const disabled = config.TOOLS_DISABLED.split(',').filter(Boolean);
  return {
    registry: new ToolRegistry(tools, { disabled }),
    detail: () => sandbox.detail(),
    close: async () => {
      await Promise.allSettled(tools.map((tool) => tool.close?.()));
      await sandbox.close();
    },
  };
}

const sandboxLimits = (config: Config): SandboxLimits => ({
  wallMs: config.SANDBOX_TIMEOUT_MS,
  memoryBytes: config.SANDBOX_MEMORY_MB * 2 ** 20,
  processes: config.SANDBOX_PROCESSES,
  outputBytes: config.SANDBOX_OUTPUT_KB * 2 ** 10,
  diskBytes: config.SANDBOX_DISK_MB * 2 ** 20,
});
