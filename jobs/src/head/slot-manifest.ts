import { createHash } from 'node:crypto';
import type { ModelFile } from './models.js';
import type { HeadSettings, ModelEntry } from './settings.js';

/** What is written beside the file of a slot; without it, or with another one, the file is not used. */
export type SlotManifest = {
  version: 1;
  slot: number;
  /** Whose evaluation it is, by `identityOf`. */
  identity: string;
  bytes: number;
  /** Hexadecimal, of the whole file. */
  sha256: string;
  tokens: number;
  savedAt: string;
};

/**
 * What must be the same for an evaluation to be worth anything: llama.cpp's build, the very model, the room of a slot, and how
 * the model lies over head and workers.
 */
export function identityOf(
  { buildId, context, slots }: Pick<HeadSettings, 'buildId' | 'context' | 'slots'>,
  model: ModelEntry,
  file: ModelFile,
  workers: number,
): string {
  const all = { buildId, context, slots, workers, name: model.name, layers: model.layers ?? 0, ...file };
  return createHash('sha256').update(JSON.stringify(all)).digest('hex');
}

/** Reads a manifest; undefined when it is none. */
export function manifestIn(text: string): SlotManifest | undefined {
  let value: Partial<SlotManifest> | null;
  try {
    value = JSON.parse(text) as Partial<SlotManifest> | null;
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null || value.version !== 1) return undefined;
  const { slot, identity, bytes, sha256, tokens, savedAt } = value;
  const whole = [slot, bytes, tokens].every((n) => Number.isSafeInteger(n) && (n as number) >= 0);
  const texts = [identity, sha256, savedAt].every((one) => typeof one === 'string');
  return whole && texts ? (value as SlotManifest) : undefined;
}
