import type { Config } from './config.js';
import { type InnerNeeds, innerTools } from './inner-tools.js';
import { clockTool } from './tools/clock.js';
import { helpTool } from './tools/help.js';
import { ToolRegistry } from './tools/registry.js';
import { speechTool } from './tools/speech.js';
import { statusTool } from './tools/status.js';
import { timerTool } from './tools/timer.js';
import type { Timers } from './tools/timers.js';
import type { Tool } from './tools/tool.js';

/** What tools need of the rest of the agent. */
export type ToolNeeds = {
  timers: Timers;
  /** What the tools of `inner-tools.ts` need; the registry's own names are added here. */
  inner: Omit<InnerNeeds, 'toolNames'>;
  /** Health of the agent's parts. */
  report: () => { name: string; ok: boolean; detail: string }[];
};

/**
 * Every tool of the agent, and the registry that calls them.
 * @throws TwinError `TWIN_TOOL_DUPLICATE`
 */
export function toolParts(
  config: Config,
  { timers, report, inner }: ToolNeeds,
): { registry: ToolRegistry; close(): Promise<void> } {
  const tools: Tool[] = [
    clockTool(),
    timerTool(timers),
    speechTool(),
    helpTool(),
    statusTool({ startedAt: Date.now(), report }),
    ...innerTools(config, { ...inner, toolNames: () => registry.list().map(({ name }) => name) }),
  ];
  const disabled = config.TOOLS_DISABLED.split(',').filter(Boolean);
  const registry = new ToolRegistry(tools, { disabled });
  return {
    registry,
    close: async () => {
      await Promise.allSettled(tools.map((tool) => tool.close?.()));
    },
  };
}
