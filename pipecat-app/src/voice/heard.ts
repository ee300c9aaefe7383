/** Which words of a reply were heard, given how much of its sound was played. Pure. */

/** A clause and where its sound lies in the turn, in samples; `to` is null while it is still being synthesised. */
export type SpokenClause = { readonly text: string; readonly from: number; readonly to: number | null };

/** Speaking rate assumed for a clause whose length is not known yet: espeak at 165 words a minute, letters a second. */
const LETTERS_PER_SECOND = 15;

/**
 * The text of all clauses played in full and, of the last one, the words whose share of its letters was played. Exact at
 * clause edges, proportional to length inside a clause (no engine here gives word times).
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
    text += wholeWords(clause.text, (played - clause.from) / (to - clause.from));
    break;
  }
  return text;
}

/** The longest run of whole words from the start that ends within `share` (0 to 1) of the text's letters. */
export function wholeWords(text: string, share: number): string {
  const limit = text.trimEnd().length * share;
  let end = 0;
  for (const match of text.matchAll(/\S+/g)) {
    const after = match.index + match[0].length;
    if (after > limit) break;
    end = after;
  }
  return text.slice(0, end);
}
