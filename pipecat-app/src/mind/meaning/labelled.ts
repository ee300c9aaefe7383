import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { alternatives } from './alternatives.js';

/** `call`: `tool.method`, or `=` and the reply. */
export type Meant = { call: string; args: Record<string, unknown> };
/** A sentence and what it means; nothing for conversation. */
export type Labelled = { text: string; meant: readonly Meant[] };

const linesOf = (file: string): string[] =>
  readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line !== '');

/**
 * Labelled sentences of a folder: `commands.tsv` (text, then call and arguments for each command) and `talk.txt`; or those
 * that are only for learning, `more-commands.tsv` and `more-talk.txt`; those that were once unseen, `spent-*`; and `unseen-*` and
 * `unseen2-*`.
 */
export function readLabelled(folder: string, more = ''): Labelled[] {
  const commands = linesOf(join(folder, `${more}commands.tsv`)).map((line) => {
    const [text = '', ...rest] = line.split('\t');
    const meant: Meant[] = [];
    for (let i = 0; i < rest.length; i += 2) {
      meant.push({ call: rest[i] ?? '', args: JSON.parse(rest[i + 1] ?? '{}') as Record<string, unknown> });
    }
    return { text, meant };
  });
  const talk = linesOf(join(folder, `${more}talk.txt`)).map((text) => ({ text, meant: [] }));
  return [...commands, ...talk];
}

/** Most sentences of one line of `phrasings.txt` and `contrast.txt`. */
const MOST_OF_A_LINE = 5;

/** Marked examples of `phrasings.txt`, by `keyOf` their target. */
export function readPhrasings(folder: string): Record<string, string[]> {
  const out: Record<string, string[]> = {};
  let its: string[] = [];
  for (const line of linesOf(join(folder, 'phrasings.txt')).filter((one) => !one.startsWith('#'))) {
    if (line.startsWith('> ')) its = out[line.slice(2)] ??= [];
    else its.push(...alternatives(line, MOST_OF_A_LINE));
  }
  return out;
}

/** Conversation made of the words of commands, of `contrast.txt`; the sentences of one line together. */
export const readContrast = (folder: string): string[][] =>
  linesOf(join(folder, 'contrast.txt'))
    .filter((line) => !line.startsWith('#'))
    .map((line) => alternatives(line, MOST_OF_A_LINE));

/** Half of all sentences is never learned from; which half, their own text says. */
export const isHeldOut = (text: string): boolean =>
  (createHash('sha256').update(text.toLowerCase()).digest()[0] ?? 0) % 2 === 0;

/** True for the same call with the same arguments; capital letters and articles in front make no difference. */
export function sameMeaning(a: Meant, b: Meant): boolean {
  return a.call === b.call && plain(a.args) === plain(b.args);
}

const plain = (args: Record<string, unknown>): string =>
  JSON.stringify(
    Object.entries(args)
      .filter(([, value]) => value !== undefined)
      .sort(([x], [y]) => (x < y ? -1 : 1)),
    (_, value: unknown) =>
      typeof value === 'string'
        ? value
            .toLowerCase()
            .replace(/^(?:the|a|an) /, '')
            .replaceAll('-', ' ')
        : value,
  );
