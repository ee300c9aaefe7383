import type { Segment } from './rows.js';

const isWordPart = (char: string): boolean => /[\p{L}\p{N}]/u.test(char);

/**
 * Where `caption` ends in `text` when it is read from `start` on, comparing letters and digits only (speech drops
 * markdown and signs). Trailing signs and spaces belong to the piece. When the two differ, the end of the word that
 * lies a caption's length on.
 */
export function coverEnd(text: string, start: number, caption: string): { end: number; matches: boolean } {
  let at = start;
  for (const char of caption.toLowerCase()) {
    if (!isWordPart(char)) continue;
    while (at < text.length && !isWordPart(text[at] as string)) at++;
    if (text[at]?.toLowerCase() !== char) return { end: wordEnd(text, start + caption.length), matches: false };
    at++;
  }
  while (at < text.length && !isWordPart(text[at] as string)) at++;
  return { end: at, matches: true };
}

function wordEnd(text: string, from: number): number {
  const space = text.indexOf(' ', Math.max(0, from - 1));
  return space < 0 ? text.length : space + 1;
}

/**
 * How many characters of the joined segments have been played at sample `position`: whole segments that are over, and
 * of the one under way the share of its words that its samples allow.
 */
export function heardLength(segments: readonly Segment[], position: number): number {
  let length = 0;
  for (const { text, from, to } of segments) {
    if (position >= to) {
      length += text.length;
      continue;
    }
    if (position <= from) break;
    const limit = (text.length * (position - from)) / (to - from);
    return length + (text.slice(0, limit).lastIndexOf(' ') + 1);
  }
  return length;
}
