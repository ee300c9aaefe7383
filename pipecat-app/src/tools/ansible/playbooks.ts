import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

/** A playbook of the repository: the file's name, and what its first play is called. */
export type Playbook = { file: string; title: string };

const FILE = /^[a-z0-9][a-z0-9_-]*\.ya?ml$/i;
const plays = z.array(z.record(z.string(), z.unknown())).min(1);

/** The files directly in `folder` that are lists of plays, by name. Links and folders are left out. */
export async function playbooksIn(folder: string): Promise<Playbook[]> {
  const files = await readdir(folder, { withFileTypes: true });
  const found: Playbook[] = [];
  for (const entry of files) {
    if (!entry.isFile() || !FILE.test(entry.name)) continue;
    const title = titleOf(await readFile(join(folder, entry.name), 'utf8'));
    if (title !== undefined) found.push({ file: entry.name, title });
  }
  return found.sort((a, b) => (a.file < b.file ? -1 : 1));
}

function titleOf(text: string): string | undefined {
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    // A playbook that is not YAML: ansible-playbook says where.
    return /^- (hosts|name|import_playbook):/m.test(text) ? '' : undefined;
  }
  const checked = plays.safeParse(content);
  if (!checked.success) return undefined;
  const isPlay = (play: Record<string, unknown>): boolean =>
    'hosts' in play || keysOf(play).some((k) => /import_playbook$/.test(k));
  if (!checked.data.every(isPlay)) return undefined;
  const name = checked.data.find((play) => typeof play.name === 'string')?.name;
  return typeof name === 'string' ? name : '';
}

const keysOf = (play: Record<string, unknown>): string[] => Object.keys(play);
