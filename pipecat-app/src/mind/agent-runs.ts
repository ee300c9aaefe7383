import type { Llm } from '../experts/llm.js';
import type { RunAgent } from '../tools/agents/smol-agent-computer.js';
import type { ToolRegistry } from '../tools/registry.js';
import type { ToolResult } from '../tools/tool.js';
import { Answers } from './answers.js';
import { plainText } from './plain-text.js';
import type { ToolCall } from './tool-calls.js';
import { specOf } from './tool-choice.js';

/** Nobody listens to a small agent word by word, so it may take longer and say more than Twin itself. */
const SIZE = { tokens: 500, sentences: 20, firstWordMs: 60_000 };

/**
 * The mind's loop for small agents: the task's persona without any conversation, its tools only, called by the door
 * `agent`, so that what is sensitive waits for a person. The answer is what was said behind the last call.
 * @param registry asked late, because the agents' own tool is one of its tools
 */
export function agentRuns({ llm, registry }: { llm: Llm; registry: () => ToolRegistry }): RunAgent {
  return async ({ persona, tools, task, steps, controls }, signal) => {
    const who = { text: plainText(persona), examples: [] };
    const personas = { router: () => who, expert: () => who };
    const answers = new Answers({ llm, personas, limits: { ...SIZE, steps } });
    const its = { ...controls, caller: { ...controls.caller, door: 'agent' as const } };
    let said = '';
    // biome-ignore lint/correctness/useYield: nobody listens, so nothing is told on the way.
    async function* use({ name, args }: ToolCall, until: AbortSignal): AsyncGenerator<never, ToolResult> {
      said = '';
      if (tools.includes(name)) return await registry().call(name, args, its, until);
      return { ok: false, output: `There is no tool called ${name}.`, error: 'TWIN_TOOL_UNKNOWN' };
    }
    const listed = registry()
      .list()
      .filter(({ name, unavailable }) => tools.includes(name) && !unavailable);
    for await (const event of answers.to(plainText(task), [], signal, { tools: listed.map(specOf), use }))
      if (event.type === 'text') said += event.delta;
    return said.trim();
  };
}
