import { durationsAt } from './durations.js';
import { numbersAt, percentsAt, type Reading } from './numbers.js';
import { timesAt } from './times.js';

/** Reads the words from `i` on; every possible reading, in any order. */
export type SlotReader = (words: readonly string[], i: number) => readonly Reading<unknown>[];

/** The slot types that a sentence template can name. Lists of the commands file come on top. */
export const SLOT_TYPES: Readonly<Record<string, SlotReader>> = {
  number: numbersAt,
  duration: durationsAt,
  time: timesAt,
  percent: percentsAt,
};

/**
 * A slot that takes one entry of a list. `entries` maps what people say to the value that the tool gets; more words
 * win over fewer.
 */
export function listReader(entries: Readonly<Record<string, string>>): SlotReader {
  const phrases = Object.entries(entries).map(([said, value]) => ({ said: said.toLowerCase().split(/\s+/), value }));
  return (words, i) => {
    const out: Reading<unknown>[] = [];
    for (const { said, value } of phrases) {
      if (!said.every((word, k) => words[i + k] === word)) continue;
      const open = phrases.some((p) => p.said.length > said.length && said.every((word, k) => p.said[k] === word));
      out.push({ value, length: said.length, open, cost: 0 });
    }
    return out;
  };
}
