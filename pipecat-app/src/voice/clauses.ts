/** Cuts a streamed answer into clauses that sound natural alone, so that speaking can begin before the answer is whole. */

/** Characters after which a comma may end a clause; the first clause may be shorter, since it is what one waits for. */
const COMMA_AFTER = 48;
const COMMA_AFTER_FIRST = 18;
/** A clause never grows beyond this, whatever the punctuation. */
const LONGEST = 220;

const ABBREVIATION = /(?:^|[\s(])(?:dr|mr|mrs|ms|prof|st|no|vs|etc|approx|e\.g|i\.e|a\.m|p\.m|[a-z])\.$/i;

/** Index just after the first clause of `text`, or -1 when more text is needed to tell. */
export function clauseEnd(text: string, first: boolean): number {
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    const after = text[i + 1];
    if (c === '\n' && text.slice(0, i).trim() !== '') return i + 1;
    if (i + 1 >= LONGEST) {
      const space = text.lastIndexOf(' ', i);
      return space > 0 ? space + 1 : i + 1;
    }
    if (after === undefined || !/\s/.test(after)) continue;
    const head = text.slice(0, i + 1);
    if (/[.!?…]/.test(c) && !(c === '.' && (ABBREVIATION.test(head) || /(?:^|\s)\d+\.$/.test(head)))) return i + 2;
    if (/[;:—]/.test(c) && i >= COMMA_AFTER_FIRST) return i + 2;
    if (c === ',' && i >= (first ? COMMA_AFTER_FIRST : COMMA_AFTER)) return i + 2;
  }
  return -1;
}

/**
 * Stage: pieces of text in, whole clauses out; joined, the clauses are exactly the text. The rest comes when the input
 * ends. Whitespace alone is attached to its neighbour.
 */
export async function* clauses(deltas: AsyncIterable<string>): AsyncGenerator<string> {
  let text = '';
  let first = true;
  for await (const delta of deltas) {
    text += delta;
    for (let end = clauseEnd(text, first); end !== -1; end = clauseEnd(text, first)) {
      yield text.slice(0, end);
      text = text.slice(end);
      first = false;
    }
  }
  if (text.trim() !== '') yield text;
}
