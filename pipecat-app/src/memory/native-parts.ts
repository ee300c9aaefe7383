import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { TwinError } from '../errors.js';
import type { Faiss } from './vector-index.js';

const require = createRequire(import.meta.url);

/** Paths of what scripts/build-memory.sh compiles for this version of Node.js. */
export type NativeParts = { faiss: string; sqlite: string };

/** @throws TwinError `TWIN_MEMORY_LIBRARY` when they are not built for this Node.js */
export function nativeParts(enginesDir: string): NativeParts {
  const dir = join(enginesDir, `memory-${process.versions.modules}`);
  const parts = { faiss: join(dir, 'faiss-node.node'), sqlite: join(dir, 'better_sqlite3.node') };
  if (existsSync(parts.faiss) && existsSync(parts.sqlite)) return parts;
  throw new TwinError('TWIN_MEMORY_LIBRARY', 'The libraries of the long-term memory are not built for this Node.js.', {
    next: 'Run scripts/build-memory.sh, then wait a moment.',
  });
}

export const loadFaiss = ({ faiss }: NativeParts): Faiss => require(faiss) as Faiss;
