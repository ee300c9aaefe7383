import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { TwinError } from '../errors.js';
import { DERIVED_FILE, type Model, QUANTS } from './catalogue.js';
import { sha256File } from './checksum.js';
import { llamaProgram } from './llama-tools.js';
import { withLock } from './lock.js';
import { estimate } from './progress.js';
import { freeBytes, type PullOptions, pullModel, requireRoom } from './pull.js';
import { fetchByQuantizing, type QuantTarget } from './quantize-source.js';
import type { ModelStore } from './store.js';

const MIB = 2 ** 20;

/** Name and file of the quantised entry: `gemma3-270m-q4_k_m` becomes `gemma3-270m-q4_0-pure`. */
export function derivedNames({ name, file }: Model, { to, pure }: QuantTarget): { name: string; file: string } {
  const suffix = `-${to}${pure ? '-pure' : ''}`;
  const bare = (text: string): string => text.replace(new RegExp(`[-.](${QUANTS.join('|')})$`, 'i'), '');
  return { name: bare(name) + suffix, file: `${bare(file.replace(/\.gguf$/i, ''))}${suffix}.gguf` };
}

/** The catalogue's entry for this form of `base`, if it has one. */
export function derivedEntry(models: readonly Model[], base: Model, { to, pure }: QuantTarget): Model | undefined {
  return models.find(({ sources }) =>
    sources.some((one) => one.type === 'quantize' && one.from === base.name && one.to === to && one.pure === pure),
  );
}

/**
 * Makes a quantised file of a language model that is here, and its entry. Where the catalogue has an entry for it, the
 * file must have that entry's checksum; else the entry is written into `derived.yaml` in the models folder, so that
 * later runs are held to the checksum of the first. The file appears under its name only when it is complete.
 * @throws TwinError `TWIN_USAGE` when `base` cannot be quantised so, `TWIN_MODEL_MISSING`, `TWIN_MODEL_CORRUPT`,
 *   `TWIN_ENGINE_MISSING`, `TWIN_TOOL_FAILED`, `TWIN_MODEL_LOCKED`, `TWIN_DISK_FULL`; `TWIN_MODEL_PULL` when the
 *   checksum is not that of the entry.
 */
export async function quantizeModel(
  store: ModelStore,
  base: Model,
  target: QuantTarget,
  options: PullOptions,
): Promise<Model> {
  refuseUseless(base, target);
  const program = llamaProgram(options.enginesDir, 'llama-quantize');
  const basePath = await store.ensure(base, options.signal);
  const known = derivedEntry(store.catalogue.models, base, target);
  if (known) {
    await pullModel(store, known, options);
    return known;
  }
  const names = derivedNames(base, target);
  const taken = store.catalogue.models.find((one) => one.name === names.name || one.file === names.file);
  if (taken) {
    const next = `Fetch that one with \`twin models pull ${taken.name}\`.`;
    throw new TwinError('TWIN_USAGE', `The catalogue has another model named ${taken.name}.`, { next });
  }
  await mkdir(store.dir, { recursive: true });
  return withLock(join(store.dir, `.${names.file}.lock`), `The model ${names.name}`, () =>
    derive(store, base, { path: basePath, program }, { ...target, ...names }, options),
  );
}

async function derive(
  store: ModelStore,
  base: Model,
  from: { path: string; program: string },
  target: QuantTarget & { name: string; file: string },
  { signal, onProgress: report = () => {}, freeBytes: free = freeBytes }: PullOptions,
): Promise<Model> {
  const { name, file, to, pure } = target;
  // q8_0 takes less than twice the room of a form with four bits.
  await requireRoom(store.dir, 2 * base.bytes, free);
  const partPath = join(store.dir, `.${file}.part`);
  const workDir = join(store.dir, `.fetch-${name}`);
  try {
    await fetchByQuantizing(target, from.path, {
      model: base,
      program: from.program,
      partPath,
      workDir,
      signal,
      report,
    });
    const { size } = await stat(partPath);
    const sha256 = await sha256File(partPath, signal, estimate('checksum', size, report));
    const entry: Model = {
      ...base,
      name,
      file,
      bytes: size,
      sha256,
      ramMb: Math.max(1, Math.ceil(base.ramMb + (size - base.bytes) / MIB)),
      quant: to,
      default: false,
      sources: [{ type: 'quantize', from: base.name, to, pure }],
    };
    await rename(partPath, join(store.dir, file));
    await store.seal(entry);
    await remember(store.dir, entry);
    return entry;
  } finally {
    await rm(partPath, { force: true });
    await rm(workDir, { recursive: true, force: true });
  }
}

/** Adds the entry to `derived.yaml`, all at once. */
async function remember(dir: string, { ramMb, shape: _, ...entry }: Model): Promise<void> {
  const path = join(dir, DERIVED_FILE);
  await withLock(join(dir, `.${DERIVED_FILE}.lock`), 'The list of quantised models', async () => {
    const text = await readFile(path, 'utf8').catch(() => 'models: []');
    const before = (parse(text) as { models: { name: string }[] }).models.filter(({ name }) => name !== entry.name);
    const head = '# Files that were quantised on this machine; written by `twin models quantize`.\n';
    await writeFile(`${path}.new`, head + stringify({ models: [...before, { ...entry, ram_mb: ramMb }] }));
    await rename(`${path}.new`, path);
  });
}

function refuseUseless(base: Model, { to, pure }: QuantTarget): void {
  const wrong = (message: string, next: string): never => {
    throw new TwinError('TWIN_USAGE', message, { next });
  };
  if (base.kind !== 'llm') wrong(`${base.name} is no language model.`, 'See `twin models list`.');
  const [source] = base.sources;
  if (source?.type === 'quantize') {
    wrong(`${base.name} is itself quantised.`, `Quantise what it was made from: ${source.from}.`);
  }
  if (base.quant === to && !pure) wrong(`${base.name} is in ${to} already.`, 'Use it as it is, or add --pure.');
}
