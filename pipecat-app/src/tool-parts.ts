import type { Config } from './config.js';
import { clockTool } from './tools/clock.js';
import type { Consent } from './tools/consent.js';
import { finalAnswerTool } from './tools/final-answer.js';
import { helpTool } from './tools/help.js';
import { ToolRegistry } from './tools/registry.js';
import { speechTool } from './tools/speech.js';
import { statusTool } from './tools/status.js';
import { timerTool } from './tools/timer.js';
import type { Timers } from './tools/timers.js';
import type { Tool } from './tools/tool.js';

/** What tools need of the rest of the agent. */
export type ToolNeeds = {
  consent: Consent;
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
  { consent, timers, report }: ToolNeeds,
): { registry: ToolRegistry; close(): Promise<void> } {
  const tools: Tool[] = [
    clockTool(),
    timerTool(timers),
    speechTool(),
    helpTool(),
    finalAnswerTool(),
    statusTool({ startedAt: Date.now(), report }),
  ];
  const disabled = config.TOOLS_DISABLED.split(',').filter(Boolean);
  return {
    registry: new ToolRegistry(tools, { disabled, consent }),
    close: async () => {
      await Promise.allSettled(tools.map((tool) => tool.close?.()));
    },
  };
}
