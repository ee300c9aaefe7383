import { readFile } from 'node:fs/promises';
import { Command, Option } from 'commander';
import { readConfig } from '../config.js';
import { TwinError } from '../errors.js';
import { type PlanOptions, plan } from '../experts/plan.js';
import { readInventory } from '../experts/plan-inventory.js';
import { planModels } from '../experts/plan-models.js';
import { rateText } from '../experts/plan-reasons.js';
import type { Placement, Plan, PlanModel, PlanNode } from '../experts/plan-types.js';
import { thisMachine } from '../experts/this-machine.js';
import { CATALOGUE_FILE, loadCatalogue } from '../models/catalogue.js';
import { ModelStore } from '../models/store.js';
import { table } from './output.js';

const HELP = `
Models named with --model get places together, the first one first, and share the machines. Without --model each model
of the catalogue is planned as if it had the machines to itself.
Without --inventory the plan is for this machine alone, whose memory bandwidth is measured for 0.3 s.
An inventory, in YAML or JSON:
  nodes:
    - name: desk-1
      ram_mb: 8192          # MiB
      cores: 2              # physical
      flags: lm pni ssse3   # as in /proc/cpuinfo; or class: core2 | x86-64-v2 | x86-64-v3 | old
      bandwidth_gbs: 5.2    # memory, measured (twin experts plan -o json prints this machine's)
      link_mbps: 1000       # network; 1000 when left out
      rtt_ms: 0.5           # 0.5 when left out
      agent: true           # the agent runs here: it keeps memory and a core

Speeds are estimates from bandwidth and arithmetic (docs/decisions/planner.md); measure with llama-bench.
Exit codes: 0 every model asked for has a place (without --model: at least one has), 1 none, 2 wrong usage.`;

type Flags = {
  inventory?: string;
  model?: string[];
  context: number;
  catalogue: string;
  json?: boolean;
  output?: string;
};

/** `twin experts plan`: which language model fits where, in which form, and how fast it will be. */
export function planCommand(): Command {
  return new Command('plan')
    .description('which language model fits on which machine, in which form, and how fast it will be')
    .option('--inventory <file>', 'machines of the cluster; this one alone when left out')
    .option('--model <name...>', 'models to place together, in this order')
    .addOption(new Option('--context <tokens>', 'context of each expert').default(4096).argParser(tokens))
    .addOption(
      new Option('--catalogue <file>', 'catalogue of models').default(CATALOGUE_FILE, 'the one of the project'),
    )
    .option('--json', 'the same as -o json')
    .addHelpText('after', HELP)
    .action(async (_flags, command: Command) => showPlan(command.optsWithGlobals<Flags>()));
}

async function showPlan({ inventory, model, context, catalogue, json, output }: Flags): Promise<void> {
  const models = chosen(await knownModels(catalogue), model);
  const nodes = inventory === undefined ? [thisMachine()] : readInventory(await textOf(inventory));
  const options = { contextTokens: context };
  const made = model ? plan(nodes, models, options) : eachAlone(nodes, models, options);
  if (json || output === 'json') process.stdout.write(`${JSON.stringify({ nodes, ...made }, null, 2)}\n`);
  else process.stdout.write(planText(nodes, made));
  if (made.placed.length === 0 || (model && made.refused.length > 0)) process.exitCode = 1;
}

/** What can be planned; a file that is here need not be made any more. */
async function knownModels(catalogue: string): Promise<PlanModel[]> {
  const { TWIN_MODELS: folder } = readConfig();
  const { models } = loadCatalogue(catalogue, folder);
  const store = new ModelStore(folder, { models });
  const here = new Set<string>();
  for (const entry of models) {
    const state = await store.state(entry);
    if (state === 'ready' || state === 'unchecked') here.add(entry.name);
  }
  return planModels(models).map(({ files, ...rest }) => ({
    ...rest,
    files: files.map(({ make, ...file }) => (make === undefined || here.has(file.entry) ? file : { ...file, make })),
  }));
}

function chosen(models: readonly PlanModel[], names: readonly string[] | undefined): readonly PlanModel[] {
  if (!names) return models;
  return names.map((name) => {
    const found = models.find((one) => one.name === name || one.files.some(({ entry }) => entry === name));
    if (found)
      return found.name === name ? found : { ...found, files: found.files.filter(({ entry }) => entry === name) };
    throw new TwinError('TWIN_MODEL_UNKNOWN', `There is no language model '${name}' that could be planned.`, {
      next: 'See the names with `twin models list`; the entry needs quant and shape.',
    });
  });
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TwinError('TWIN_INVENTORY', `The inventory cannot be read: ${why}`, {
      next: 'Name a file in YAML or JSON; see `twin experts plan --help`.',
      cause,
    });
  }
}

function tokens(value: string): number {
  const count = Number(value);
  if (Number.isInteger(count) && count > 0) return count;
  throw new TwinError('TWIN_USAGE', `'${value}' is no number of tokens.`, { next: 'Use a whole number like 4096.' });
}

/** What each model would get if it had the cluster to itself. */
function eachAlone(nodes: readonly PlanNode[], models: readonly PlanModel[], options: PlanOptions): Plan {
  const plans = models.map((one) => plan(nodes, [one], options));
  return {
    placed: plans.flatMap(({ placed }) => placed),
    refused: plans.flatMap(({ refused }) => refused),
    unusable: plans[0]?.unusable ?? [],
  };
}

/** The plan as tables and sentences. */
function planText(nodes: readonly PlanNode[], { placed, refused, unusable }: Plan): string {
  const machines = nodes.map(({ name, ramMb, cores, cpu, bandwidthGbs, agent }) => [
    name,
    cpu ?? 'too old',
    String(cores),
    `${((ramMb * 2 ** 20) / 1e9).toFixed(1)} GB`,
    `${bandwidthGbs.toFixed(1)} GB/s`,
    agent ? 'yes' : '',
  ]);
  const rows = placed.map((one) => [
    one.model,
    one.quant,
    one.shares.map((share) => (one.shares.length > 1 ? `${share.node} (${share.layers})` : share.node)).join(' + '),
    `${one.shares.reduce((sum, { memoryMb }) => sum + memoryMb, 0)} MiB`,
    rateText(one.promptTokensPerSecond),
    rateText(one.answerTokensPerSecond),
  ]);
  const heading = ['MODEL', 'FORM', 'WHERE (LAYERS)', 'MEMORY', 'PROMPT TOK/S', 'ANSWER TOK/S'];
  const reasons = [
    ...placed.map((one: Placement) => paragraph(`${one.model}: yes`, one.reasons)),
    ...refused.map(({ model, reasons: why }) => paragraph(`${model}: no`, why)),
    ...unusable.map(({ node, reason }) => `${node} is left out: ${reason}.\n`),
  ];
  return [
    table(['NODE', 'CPU', 'CORES', 'MEMORY', 'BANDWIDTH', 'AGENT'], machines),
    ...(rows.length > 0 ? [table(heading, rows)] : []),
    ...reasons,
  ].join('\n');
}

const paragraph = (title: string, lines: readonly string[]): string =>
  `${title}\n${lines.map((line) => `  ${line}\n`).join('')}`;
