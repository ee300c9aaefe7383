import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Pair } from './recall-set.js';
import { ROOT } from './servers.js';

/** Facts with a question in other words each, and talk that no fact bears on. */
export type RecallSide = { pairs: Pair[]; chat: string[] };

const linesOf = (name: string): string[] =>
  readFileSync(join(ROOT, 'testing', 'bench', 'recall-labelled', name), 'utf8')
    .split('\n')
    .filter(Boolean);

/** Half of the sentences, told by their SHA-256, is never learned from. */
const isHeldOut = (text: string): boolean => (createHash('sha256').update(text).digest()[0] ?? 0) % 2 === 1;

/** The labelled sentences, those to learn from and those to test with. */
export function recallSplit(): { train: RecallSide; heldOut: RecallSide } {
  const pairs = linesOf('pairs.txt').map((line): Pair => {
    const [fact = '', question = ''] = line.split('|');
    return { fact, question };
  });
  const chat = linesOf('chat.txt');
  const side = (held: boolean): RecallSide => ({
    pairs: pairs.filter(({ fact }) => isHeldOut(fact) === held),
    chat: chat.filter((text) => isHeldOut(text) === held),
  });
  return { train: side(false), heldOut: side(true) };
}
