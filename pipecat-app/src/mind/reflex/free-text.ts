import type { Reading } from './numbers.js';
import type { SlotReader } from './slots.js';

const MOST_WORDS = 3;
/** A little for each word, so that a slot with a meaning wins over free text. */
const COST_PER_WORD = 0.04;
/** Words that end a name and never belong to it. */
const NEVER = new Set(
  'a an the my your his her its our their this that these those any each for from in to of on off at with and timer timers alarm is it how what when'.split(
    ' ',
  ),
);

/** One to three words of any kind, for names that people invent (`the pasta timer`). */
export const textReader: SlotReader = (words, i) => {
  const out: Reading<string>[] = [];
  for (let length = 1; length <= MOST_WORDS && i + length <= words.length; length++) {
    if (NEVER.has(words[i + length - 1] ?? '')) break;
    out.push({ value: words.slice(i, i + length).join(' '), length, open: true, cost: COST_PER_WORD * length });
  }
  return out;
};
