import { meaningStems } from './align.js';

/** The words of the sentences that mean a target. */
export type Wording = {
  /** Two words in a row, with `^` in front and `$` behind. */
  pairs: ReadonlySet<string>;
  /** Stems of words with a meaning. */
  stems: ReadonlySet<string>;
};

export function wordingOf(sentences: readonly string[]): Wording {
  return {
    pairs: new Set(sentences.flatMap(pairsOf)),
    stems: new Set(sentences.flatMap((sentence) => meaningStems(sentence.split(' ')))),
  };
}

/** Share of the pairs of a sentence that a wording has: 0 to 1. */
export function sharedPairs(sentence: string, { pairs }: Wording): number {
  const its = pairsOf(sentence);
  return its.filter((pair) => pairs.has(pair)).length / its.length;
}

function pairsOf(sentence: string): string[] {
  const words = ['^', ...sentence.split(' '), '$'];
  return words.slice(1).map((word, i) => `${words[i]} ${word}`);
}
