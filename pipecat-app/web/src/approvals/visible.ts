/** One that cannot be seen or that changes the order of others; the server escapes them, this is the second fence. */
const HIDDEN = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|[^\S ]/gu;
/** An escape of JSON, with the backslashes before it: an even number of them is text. */
const ESCAPE = /((?:\\\\)*)(\\u[0-9a-f]{4})/gi;

export type Part = { text: string; hidden: boolean };

/** `text` in parts, characters that would be invisible as `\uXXXX` in parts of their own. Nothing is left out. */
export function partsOf(text: string): Part[] {
  const shown = text.replace(HIDDEN, escaped);
  const parts: Part[] = [];
  let from = 0;
  for (const match of shown.matchAll(ESCAPE)) {
    const [, before = '', sequence = ''] = match;
    const at = match.index + before.length;
    if (shown[match.index - 1] === '\\') continue;
    if (at > from) parts.push({ text: shown.slice(from, at), hidden: false });
    parts.push({ text: sequence, hidden: true });
    from = at + sequence.length;
  }
  if (from < shown.length) parts.push({ text: shown.slice(from), hidden: false });
  return parts;
}

const escaped = (character: string): string =>
  Array.from(
    { length: character.length },
    (_, i) => `\\u${character.charCodeAt(i).toString(16).padStart(4, '0')}`,
  ).join('');
