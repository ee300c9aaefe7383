import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ROOT } from '../../bench/servers.js';

/** The commands that docs/runbook.md gives: the first block of shell below the line that begins with `title`. Words in capitals are the reader's to fill in. */
export async function fromRunbook(title: string, words: Record<string, string>): Promise<string> {
  return blockBelow(await readFile(join(ROOT, 'docs/runbook.md'), 'utf8'), title, words);
}

export function blockBelow(text: string, title: string, words: Record<string, string>): string {
  const lines = text.split('\n');
  const start = lines.findIndex((line) => line.startsWith(title));
  if (start < 0) throw new Error(`The runbook has no line that begins with ${title}.`);
  const open = lines.indexOf('```sh', start);
  const close = lines.indexOf('```', open);
  if (open < 0 || close < 0) throw new Error(`The runbook gives no commands below ${title}.`);
  const block = lines.slice(open + 1, close).join('\n');
  const filled = Object.entries(words).reduce((so, [word, value]) => so.replaceAll(word, value), block);
  const left = /\b[A-Z_]{4,}\b/.exec(filled);
  if (left) throw new Error(`Nobody said what ${left[0]} is, in the runbook below ${title}.`);
  return filled;
}
