import { join } from 'node:path';
import { readConfig } from '../config.js';
import { findModel, loadCatalogue } from '../models/catalogue.js';
import { GgufEmbedder } from './gguf-embedder.js';
import { LongTermMemory } from './long-term.js';
import type { LongTermOptions } from './long-term.types.js';
import { nativeParts } from './native-parts.js';

/** The embedding model of the catalogue, which `twin models pull` puts in place; `id` makes another one of it. */
export function realEmbedder(id?: string): GgufEmbedder {
  const { name, file } = findModel(loadCatalogue(), 'all-minilm-l6-v2-q8_0');
  return new GgufEmbedder(async () => ({
    id: id === undefined ? name : `${name}@${id}`,
    path: join(readConfig().TWIN_MODELS, file),
  }));
}

/** A memory in `dir` with the libraries of this machine. */
export const memoryIn = (dir: string, options: Partial<LongTermOptions> & Pick<LongTermOptions, 'embedder'>) =>
  new LongTermMemory({ dir, native: () => nativeParts(readConfig().TWIN_ENGINES), ...options });

export const noAbort = (): AbortSignal => new AbortController().signal;
