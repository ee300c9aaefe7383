import { createHash } from 'node:crypto';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { z } from 'zod';
import { type Chunk, chunksOf } from './chunks.js';

const MOST_FILES = 2000;
const LARGEST_BYTES = 1024 * 1024;

/** What is kept of one document. */
export const storedDocument = z.object({
  mtimeMs: z.number(),
  bytes: z.number(),
  sha256: z.string(),
  chunks: z.array(z.object({ heading: z.string(), text: z.string(), vector: z.string().optional() })),
});
export type StoredDocument = z.infer<typeof storedDocument>;

/**
 * The Markdown and text files below `roots` (folders or files), by their path below `base`. Links are not followed, and
 * what lies outside of `base` is left out.
 */
export async function documentsBelow(base: string, roots: readonly string[], signal: AbortSignal): Promise<string[]> {
  const home = await realpath(base);
  const found = new Set<string>();
  const take = async (path: string): Promise<void> => {
    signal.throwIfAborted();
    if (found.size >= MOST_FILES) return;
    const at = await stat(path).catch(() => undefined);
    if (at?.isDirectory()) {
      for (const entry of await readdir(path, { withFileTypes: true })) {
        if (entry.name.startsWith('.') || entry.name === 'node_modules' || entry.isSymbolicLink()) continue;
        await take(join(path, entry.name));
      }
    } else if (at?.isFile() && /\.(md|txt)$/i.test(path) && at.size <= LARGEST_BYTES) found.add(relative(home, path));
  };
  for (const root of roots) {
    const real = await realpath(join(home, root)).catch(() => undefined);
    if (real !== undefined && (real === home || real.startsWith(home + sep))) await take(real);
  }
  return [...found].sort();
}

/** The document as it is now; `known` itself when nothing has changed. Undefined when it is gone. */
export async function readDocument(
  base: string,
  file: string,
  known: StoredDocument | undefined,
): Promise<StoredDocument | undefined> {
  const path = join(base, file);
  const at = await stat(path).catch(() => undefined);
  if (at === undefined) return undefined;
  if (known && known.mtimeMs === at.mtimeMs && known.bytes === at.size) return known;
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const sha256 = createHash('sha256').update(text).digest('hex');
  const stamp = { mtimeMs: at.mtimeMs, bytes: at.size, sha256 };
  if (known?.sha256 === sha256) return { ...known, ...stamp };
  return { ...stamp, chunks: chunksOf(text) satisfies Chunk[] };
}
