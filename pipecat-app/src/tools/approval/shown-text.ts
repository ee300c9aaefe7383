/** Characters that one cannot see, or that change the order of others: controls, bidi marks, fillers, odd spaces. */
const INVISIBLE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]|[^\S ]/gu;

/** `text` with every invisible character as `\uXXXX`, so that what is shown is all there is. */
export const shownText = (text: string): string => text.replace(INVISIBLE, escaped);

/**
 * Plain data as JSON with sorted keys and no invisible characters: the same data gives the same text, and the text gives
 * the data back.
 */
export const canonicalJson = (value: unknown): string => shownText(JSON.stringify(sorted(value)) ?? 'null');

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, its]) => [key, sorted(its)]));
}

/** UTF-16 units, as JSON writes them. */
function escaped(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
