/** Likeness by words: 0 to 1 for each group of sentences, of its likest sentence. */
export type Likeness = (text: string) => Float64Array;

type Posting = { sentence: number; weight: number };

/** Letters of a piece of a word; ears and fingers get single ones wrong. */
const PIECE = 4;
/** What a piece of a word is worth beside a word, and two words in a row. */
const PIECE_WORTH = 0.4;
const PAIR_WORTH = 0.8;

/** Weighs the words, pairs of words and pieces of words of all sentences by how rare they are (tf-idf, cosine). */
export function lexicon(groups: readonly (readonly string[])[]): Likeness {
  const sentences = groups.flatMap((texts, group) => texts.map((text) => ({ group, terms: termsOf(text) })));
  const counts = new Map<string, number>();
  for (const { terms } of sentences) for (const term of terms.keys()) counts.set(term, (counts.get(term) ?? 0) + 1);
  const rarity = (term: string): number => Math.log((1 + sentences.length) / (1 + (counts.get(term) ?? 0)));
  const weighted = (terms: ReadonlyMap<string, number>): [string, number][] => {
    const its = [...terms].map(([term, worth]): [string, number] => [term, worth * rarity(term)]);
    const length = Math.sqrt(its.reduce((sum, [, weight]) => sum + weight * weight, 0)) || 1;
    return its.map(([term, weight]) => [term, weight / length]);
  };
  const postings = new Map<string, Posting[]>();
  for (const [sentence, { terms }] of sentences.entries()) {
    for (const [term, weight] of weighted(terms)) {
      const there = postings.get(term);
      if (there) there.push({ sentence, weight });
      else postings.set(term, [{ sentence, weight }]);
    }
  }
  const groupOf = sentences.map(({ group }) => group);
  return (text) => {
    const likeness = new Float64Array(groupOf.length);
    for (const [term, worth] of weighted(termsOf(text)))
      for (const { sentence, weight } of postings.get(term) ?? [])
        likeness[sentence] = (likeness[sentence] as number) + worth * weight;
    const best = new Float64Array(groups.length);
    for (const [sentence, value] of likeness.entries()) {
      const group = groupOf[sentence] as number;
      if (value > (best[group] as number)) best[group] = value;
    }
    return best;
  };
}

function termsOf(text: string): Map<string, number> {
  const words = ['^', ...text.split(' '), '$'];
  const terms = new Map<string, number>();
  const add = (term: string, worth: number): void => {
    terms.set(term, worth);
  };
  for (const [i, word] of words.entries()) {
    if (i > 0) add(`${words[i - 1]} ${word}`, PAIR_WORTH);
    if (word === '^' || word === '$') continue;
    add(word, 1);
    const whole = `_${word}_`;
    for (let at = 0; at + PIECE < whole.length; at++) add(`.${whole.slice(at, at + PIECE)}`, PIECE_WORTH);
  }
  return terms;
}
