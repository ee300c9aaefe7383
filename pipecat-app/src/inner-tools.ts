import { join } from 'node:path';
import type { Nomad } from '@twin/hashi/nomad.js';
import type { BootBoard } from './cluster/boot-board.js';
import type { Config } from './config.js';
import type { TwinError } from './errors.js';
import type { ExpertParts } from './expert-parts.js';
import type { Gateway } from './experts/gateway.js';
import type { Llm } from './experts/llm.js';
import { SmallAgents } from './tools/agents/small-agents.js';
import { type RunAgent, smolAgentComputerTool } from './tools/agents/smol-agent-computer.js';
import { claudeCloneTool } from './tools/coding/claude-clone.js';
import { llxprtCodeTool } from './tools/coding/llxprt-code.js';
import { haTool } from './tools/ha/ha.js';
import { HomeAssistant } from './tools/ha/home-assistant.js';
import { machinesTool } from './tools/machines/machines.js';
import { type ControlProgramParts, mcpTool } from './tools/mcp/mcp.js';
import { orchestratorTool } from './tools/orchestrator.js';
import { powerTool } from './tools/power/power.js';
import { promptImproverTool } from './tools/prompt-improver.js';
import { DocumentIndex, type TextEmbedder } from './tools/rag/document-index.js';
import { ragTool } from './tools/rag/rag.js';
import { summarizerTool } from './tools/summarizer.js';
import type { Tool } from './tools/tool.js';
import { expertDescriber } from './tools/vision/describe.js';
import { localDescriber } from './tools/vision/local.js';
import { visionSource } from './tools/vision/source.js';
import { visionTool } from './tools/vision/vision.js';

export type InnerNeeds = {
  /** Folder of the project, whose documents are searched. */
  root: string;
  control: ControlProgramParts;
  /** The language model, and the way to experts that see. */
  llm: Llm & Pick<Gateway, 'seeing' | 'answer'>;
  power: ExpertParts['power'];
  /** Left out: no machine boots from its network. */
  boot?: BootBoard;
  nomad: Nomad | undefined;
  turns: (session: string) => readonly { user: string; assistant: string }[];
  embedder?: TextEmbedder | undefined;
  runAgent?: RunAgent | undefined;
  /** Names of all tools. */
  toolNames: () => readonly string[];
  onProblem: (problem: TwinError) => void;
};

/**
 * The tools with which the agent looks after itself, its cluster, its documents and its house.
 * @throws TwinError `TWIN_CONFIG`
 */
export function innerTools(config: Config, needs: InnerNeeds): Tool[] {
  const { llm, onProblem } = needs;
  const home = (file: string): string => join(config.TWIN_HOME, file);
  const index = new DocumentIndex({
    base: needs.root,
    roots: config.RAG_DIRS.split(',').map((dir) => dir.trim()),
    cacheFile: home('rag.json'),
    embedder: needs.embedder,
    onProblem,
  });
  const { HA_URL, HA_TOKEN } = config;
  const house = HA_URL === undefined || HA_TOKEN === '' ? undefined : new HomeAssistant(HA_URL, HA_TOKEN);
  const { ANTHROPIC_BASE_URL: baseUrl = '', ANTHROPIC_API_KEY: apiKey, ANTHROPIC_MODEL: model } = config;
  const agents = new SmallAgents(home('agents.json'), onProblem);
  return [
    mcpTool(needs.control),
    powerTool(needs.power),
    machinesTool(needs.boot),
    orchestratorTool(needs.nomad),
    ragTool(index),
    haTool(house),
    visionTool({
      source: visionSource(config.VISION_SOURCE),
      expert: expertDescriber(llm),
      local: localDescriber(),
    }),
    smolAgentComputerTool({ agents, run: needs.runAgent, tools: needs.toolNames }),
    llxprtCodeTool(home('work')),
    claudeCloneTool({ baseUrl, apiKey, model, folder: config.TWIN_HOME }),
    promptImproverTool(llm),
    ...(config.SUMMARIZER_ENABLED ? [summarizerTool({ llm, turns: needs.turns })] : []),
  ];
}
