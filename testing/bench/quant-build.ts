/**
 * Forms of the weights × builds of llama.cpp: speeds with one thread and perplexities, as Markdown for docs/figures.md.
 * `npm run bench:quant`; `-- --quick` for a look, `--rounds N` for more. All builds must be there:
 * `testing/parts/parts.sh --only llama --class x86-64` (and core2, x86-64-v2, x86-64-v3).
 */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readConfig } from '@twin/pipecat-app/config.js';
import { plan } from '@twin/pipecat-app/experts/plan.js';
import { planModels } from '@twin/pipecat-app/experts/plan-models.js';
import { findModel, loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import { llamaBuild, part } from '../parts/parts.js';
import { BUILDS, FORMS, type Form, fileOf, type ModelFile, perplexityOf, speedOf } from './quant-runs.js';
import { cellsOf, formTable, type Sample, speedTable } from './quant-table.js';
import { atLeast, finish } from './report.js';
import { ROOT } from './servers.js';

const BASE = 'gemma3-270m-q4_k_m';
const GOAL = { prompt: 5, answer: 3 };

const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    file: { type: 'string', default: 'out/bench-quant.json' },
  },
});
const { quick, json, file } = options;
const rounds = Number(options.rounds ?? (quick ? 1 : 5));
const tokens = quick ? { prompt: 32, answer: 8 } : { prompt: 128, answer: 32 };
const chunks = quick ? 2 : 16;
const say = (line: string): void => void (json ? process.stderr.write(`${line}\n`) : console.log(line));

const catalogue = loadCatalogue();
const base = await new ModelStore(readConfig().TWIN_MODELS, catalogue).ensure(findModel(catalogue, BASE));
for (const build of BUILDS) part('llama-bench', build);
const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'twin', 'bench-quant');
const forms: (Form & ModelFile)[] = [];
for (const form of FORMS) forms.push({ ...form, ...(await fileOf(form, base, folder)) });

const samples: Sample[] = [];
for (let round = 0; round < rounds; round++) {
  const cells = BUILDS.flatMap((build) => forms.map((form) => ({ build, form })));
  // Every round begins elsewhere and turns round, so that no cell always runs hot or last.
  const order = [...cells.slice(round % cells.length), ...cells.slice(0, round % cells.length)];
  if (round % 2 === 1) order.reverse();
  for (const { build, form } of order) {
    samples.push({ round, build, form: form.name, speed: await speedOf(build, form.path, tokens) });
  }
  say(`round ${round + 1} of ${rounds} is done`);
}

const text = join(folder, 'text.md');
const words = await documentation();
await writeFile(text, words);
const measured = [];
for (const form of forms) {
  measured.push({ ...form, perplexity: await perplexityOf('x86-64-v3', form.path, text, chunks) });
  say(`perplexity of ${form.name} is done`);
}

const cells = cellsOf(samples);
say(`\n${speedTable(cells)}\n\n${formTable(measured)}\n`);
say(
  `Gemma 3 270M, llama.cpp of node-llama-cpp ${llamaBuild()}, one thread, ${tokens.prompt} prompt and ${tokens.answer} answer tokens, median of ${rounds} round(s); × against ${BUILDS[0]} + ${FORMS[0]?.name} in the same round. ` +
    `All forms are made from the Q4_K_M file, so Q8_0 stands for the original. Perplexity: ${chunks} × 512 tokens of the project's own documentation (${words.length} characters).\n`,
);

const chosen = chosenForm();
const cell = cells.find((one) => one.build === 'core2' && one.form === chosen);
if (!cell) throw new Error(`The planner chose ${chosen}, which was not measured.`);
const figures = [
  atLeast(`core2 build + ${chosen} (the planner's choice): prompt`, cell.ratio.prompt, GOAL.prompt, '×', cell),
  atLeast(`core2 build + ${chosen} (the planner's choice): answer`, cell.ratio.answer, GOAL.answer, '×', cell),
];
await finish(
  'quant',
  [...figures, { name: 'cells', value: `${cells.length}`, goal: '', met: null, detail: { cells, measured } }],
  {
    quick,
    json,
    file,
  },
);

/** The form that the planner gives a Core 2 Duo. */
function chosenForm(): string | undefined {
  const desk = {
    name: 'desk',
    ramMb: 4096,
    cores: 2,
    cpu: 'core2',
    bandwidthGbs: 5.2,
    linkMbps: 1000,
    roundTripMs: 0.5,
    agent: false,
  } as const;
  const wanted = planModels(catalogue.models).filter(({ name }) => name === BASE);
  const entry = plan([desk], wanted).placed[0]?.entry;
  return FORMS.find((form) => form.entry === entry)?.name;
}

/** Prose that no model has learnt by heart: every page of `docs/`, one after the other. */
async function documentation(): Promise<string> {
  const docs = join(ROOT, 'docs');
  await mkdir(folder, { recursive: true });
  const pages = (await readdir(docs, { recursive: true })).filter((name) => name.endsWith('.md')).sort();
  return (await Promise.all(pages.map((page) => readFile(join(docs, page), 'utf8')))).join('\n');
}
