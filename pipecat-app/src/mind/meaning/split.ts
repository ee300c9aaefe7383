/** Most words between which a sentence is parted. */
const MOST_PARTINGS = 3;
const BETWEEN = /(?:[,;.]\s*)?\b(?:and then|and also|and|then|also)\b\s*|[,;.]\s+/gi;

/** The ways to part a text in two at "and", "then" or a mark; the halves as they were written. */
export function halves(text: string): [string, string][] {
  const out: [string, string][] = [];
  for (const between of text.matchAll(BETWEEN)) {
    const first = text.slice(0, between.index).trim();
    const second = text.slice(between.index + between[0].length).trim();
    if (/[\p{L}\p{N}]/u.test(first) && /[\p{L}\p{N}]/u.test(second)) out.push([first, second]);
    if (out.length === MOST_PARTINGS) break;
  }
  return out;
}
