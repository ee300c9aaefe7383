import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { HeadSettings, ModelEntry } from './settings.js';

/**
 * Why a model cannot be used, in one sentence, or undefined when nothing speaks against it: it is too large for the memory
 * of head and workers, its file is missing, or the file is not the one that was meant.
 */
export async function obstacle(
  model: ModelEntry,
  settings: Pick<HeadSettings, 'modelsDir' | 'memoryMb' | 'rpcMemoryMb'>,
  workers: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  const memoryMb = settings.memoryMb + workers * settings.rpcMemoryMb;
  if (settings.memoryMb > 0 && (model.min_ram_mb ?? 0) > memoryMb) {
    return `it needs ${model.min_ram_mb} MB of memory, and the job has ${memoryMb} MB`;
  }
  const path = join(settings.modelsDir, model.file);
  const file = await stat(path).catch(() => undefined);
  if (!file?.isFile()) return `there is no file ${path}`;
  if (!model.sha256) return undefined;
  const found = await sha256(path, signal);
  return found === model.sha256.toLowerCase()
    ? undefined
    : `${path} is damaged or another model: its checksum is ${found}, expected ${model.sha256}`;
}

/** What tells one model's file from another: its checksum where the list names it, else length and time of its last change. */
export type ModelFile = { sha256?: string; bytes?: number; changedMs?: number };

export async function modelFile(model: ModelEntry, modelsDir: string): Promise<ModelFile> {
  if (model.sha256) return { sha256: model.sha256.toLowerCase() };
  const { size, mtimeMs } = await stat(join(modelsDir, model.file));
  return { bytes: size, changedMs: mtimeMs };
}

/** Whether the service says that it is not what was asked for: a later entry of the list, or one marked as a way out. */
export function isDegraded(models: readonly ModelEntry[], model: ModelEntry): boolean {
  return models[0] !== model || model.fallback === true;
}

/** Hexadecimal checksum of a file. */
export async function sha256(path: string, signal: AbortSignal): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, { highWaterMark: 1 << 20, signal }), hash);
  return hash.digest('hex');
}
