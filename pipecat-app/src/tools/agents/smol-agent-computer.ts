import { z } from 'zod';
import { refused, said, shortened } from '../say.js';
import type { Controls, Tool } from '../tool.js';
import type { SmallAgents } from './small-agents.js';

/**
 * The loop of the mind for one task: thinks as `persona`, calls only `tools` (as `controls`, through the same registry)
 * and gives its answer. Ends after `steps` rounds.
 */
export type RunAgent = (
  task: { persona: string; tools: readonly string[]; task: string; steps: number; controls: Controls },
  signal: AbortSignal,
) => Promise<string>;

export type SmolAgentParts = {
  agents: SmallAgents;
  /** Left out where no loop can run them. */
  run?: RunAgent | undefined;
  /** Names of the tools that there are. */
  tools: () => readonly string[];
};

const STEPS = 6;
const MOST_AGENTS = 20;
const OWN = 'smol_agent_computer';

const agentName = z
  .string()
  .trim()
  .toLowerCase()
  .transform((name) => name.replace(/\s+/g, '-'))
  .pipe(z.string().regex(/^[a-z0-9][a-z0-9-]{0,31}$/, 'is no name: letters, digits and - only'));
const createArgs = z.strictObject({
  name: agentName,
  instructions: z.string().trim().min(5).max(2000),
  tools: z
    .array(z.string().regex(/^[a-z_]+\.[a-z_]+$/))
    .max(12)
    .default([]),
});
const askArgs = z.strictObject({ name: agentName, task: z.string().trim().min(3).max(2000) });
const nameArgs = z.strictObject({ name: agentName });

/** Small agents with a persona and a few tools. They have none of these methods, so none makes another one. */
export const smolAgentComputerTool = ({ agents, run, tools }: SmolAgentParts): Tool => ({
  name: OWN,
  description: 'Small agents for special tasks.',
  unavailable: () => (run === undefined ? 'This agent has nothing that runs small agents. Update it.' : undefined),
  methods: {
    create: {
      description: 'Makes a small agent with instructions and a choice of tools.',
      args: createArgs,
      risk: 'write',
      examples: [
        'create an agent called {name:librarian} that {instructions:searches the documents}',
        'make a small agent named {name:cook} that {instructions:answers questions about food}',
      ],
      effect: ({ name, tools: its }: z.infer<typeof createArgs>) =>
        `Makes the small agent ${name}, which may use ${its.join(', ') || 'no tool'}.`,
      async run({ name, instructions, tools: its }: z.infer<typeof createArgs>) {
        const known = tools();
        const wrong = its.find((tool) => !known.includes(tool) || tool.startsWith(`${OWN}.`));
        if (wrong !== undefined) return refused('TWIN_AGENT_TOOL', `A small agent cannot have the tool ${wrong}.`);
        const all = await agents.list();
        if (all.length >= MOST_AGENTS && !all.some((agent) => agent.name === name))
          return refused('TWIN_AGENT_MOST', `There are ${MOST_AGENTS} small agents already. Remove one first.`);
        await agents.put({ name, instructions, tools: its });
        return said(`The agent ${name} is ready.`);
      },
    },
    ask: {
      description: 'Gives a task to a small agent and waits for its answer.',
      args: askArgs,
      risk: 'write',
      timeoutMs: 180_000,
      examples: [
        'ask the {name:librarian} agent {task:where settings are explained}',
        'let the {name:librarian} agent {task:find a recipe}',
        'give the {name:librarian} agent the task {task:to find a recipe}',
        'ask the {name:librarian} agent for {task:a list of books}',
      ],
      effect: ({ name, task }: z.infer<typeof askArgs>) => `Gives the small agent ${name} the task: ${task}`,
      async run({ name, task }: z.infer<typeof askArgs>, { controls, signal }) {
        const agent = await agents.find(name);
        if (agent === undefined) return refused('TWIN_AGENT_UNKNOWN', `There is no agent called ${name}.`);
        if (run === undefined) return refused('TWIN_AGENT_UNKNOWN', 'Nothing here can run small agents.');
        // A copy of an old file must not smuggle in what create refuses.
        const its = agent.tools.filter((tool) => tools().includes(tool) && !tool.startsWith(`${OWN}.`));
        const asked = { persona: agent.instructions, tools: its, task, steps: STEPS, controls };
        const answer = await run(asked, signal).then((text) => text.trim());
        return answer === '' ? refused('TWIN_AGENT_SILENT', `${name} gave no answer.`) : said(shortened(answer, 3000));
      },
    },
    list: {
      description: 'The small agents that there are.',
      args: z.strictObject({}),
      risk: 'read',
      examples: [
        'which agents are there',
        'list the small agents',
        'what agents did I make',
        'show me all agents',
        'which small agents are there',
        'what agents exist',
        'which agents have been made',
      ],
      async run() {
        const all = await agents.list();
        if (all.length === 0) return said('There are no small agents.');
        return said(all.map(({ name, instructions }) => `${name}: ${shortened(instructions, 80)}`).join('; '));
      },
    },
    remove: {
      description: 'Removes a small agent.',
      args: nameArgs,
      risk: 'write',
      examples: [
        'remove the {name:librarian} agent',
        'delete the agent {name:librarian}',
        'remove the agent called {name:librarian}',
        'get rid of the {name:librarian} agent',
        'delete the agent called {name:librarian}',
        'delete the agent named {name:librarian}',
      ],
      effect: ({ name }: z.infer<typeof nameArgs>) => `Removes the small agent ${name}.`,
      async run({ name }: z.infer<typeof nameArgs>) {
        if ((await agents.find(name)) === undefined)
          return refused('TWIN_AGENT_UNKNOWN', `There is no agent called ${name}.`);
        await agents.remove(name);
        return said(`The agent ${name} is gone.`);
      },
    },
  },
});
