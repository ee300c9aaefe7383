/** Which words of a reply were heard, given how much of its sound was played. Pure. */
import { msToSamples } from './pcm.js';

/** A clause and where its sound lies in the turn, in samples; `to` is null while it is still being synthesised. */
export type SpokenClause = { readonly text: string; readonly from: number; readonly to: number | null };

/** Speaking rate assumed for a clause whose length is not known yet: espeak at 165 words a minute, letters a second. */
const LETTERS_PER_SECOND = 15;
/** A word must have ended this long ago, by the estimate, to count as heard: nobody remembers what was cut off. */
const CERTAIN = msToSamples(200);
/**
 * Time of things that are not letters, in letters: a digit is a word, a comma a pause, and between words there is a
 * little. Of espeak-ng's sentences these give the ends of words within 0.13 s (mean) and 0.38 s (worst).
 */
const DIGIT = 4;
const PAUSE = 5;
const GAP = 1;

/**
 * The text of all clauses played in full and, of the last one, the words that certainly were. Exact at clause edges,
 * an estimate inside a clause (no engine here gives word times).
 */
export function heardText(spoken: readonly SpokenClause[], played: number): string {
  let text = '';
  for (const clause of spoken) {
    if (played <= clause.from) break;
    const to = clause.to ?? clause.from + (clause.text.length / LETTERS_PER_SECOND) * 16_000;
    if (played >= to) {
      text += clause.text;
      continue;
    }
    text += wholeWords(clause.text, (played - CERTAIN - clause.from) / (to - clause.from));
    break;
  }
  return text;
}

/** The longest run of whole words from the start that ends within `share` (0 to 1) of the time that the text takes. */
export function wholeWords(text: string, share: number): string {
  const words = [...text.matchAll(/\S+/g)];
  const limit =
    share * words.reduce((sum, [word], i) => sum + lengthOf(word) + (i + 1 < words.length ? pauseOf(word) : 0), 0);
  let at = 0;
  let end = 0;
  for (const match of words) {
    at += lengthOf(match[0]);
    if (at > limit) break;
    at += pauseOf(match[0]);
    end = match.index + match[0].length;
  }
  return text.slice(0, end);
}

function lengthOf(word: string): number {
  const letters = word.match(/\p{L}/gu)?.length ?? 0;
  const digits = word.match(/\p{N}/gu)?.length ?? 0;
  return letters + DIGIT * digits + GAP;
}

const pauseOf = (word: string): number => (/[,;:.?!]$/.test(word) ? PAUSE : 0);
