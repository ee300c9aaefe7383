import { fieldsOf } from './lexicon.js';

/** Length of a feature vector; a power of two. */
export const DIMENSIONS = 8192;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
/** Letters of a piece of a word. */
const PIECE = 5;
const LONGEST_TEXT = 1000;

const NUMBERS = new Set(
  `one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
  nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion dozen`.split(/\s+/),
);
const PERSONS = new Set(['i', 'my', 'me', 'you', 'your', 'we']);

/** Words in small letters; a number is `#`, and signs of arithmetic are words of their own. */
function wordsOf(text: string): string[] {
  const found =
    text
      .slice(0, LONGEST_TEXT)
      .toLowerCase()
      .match(/\d+(?:[.,]\d+)*|[\p{L}\p{M}']+|[+*/=%^]/gu) ?? [];
  return found.map((word) => (/^\d/.test(word) || NUMBERS.has(word) ? '#' : word));
}

/**
 * What a question looks like to the classifier: its words, pairs of them, pieces of words, who is spoken of, how many
 * numbers there are, how long it is, and the fields that its words belong to; hashed (FNV-1a) into `DIMENSIONS`. Each
 * place counts once, however often it is met. Looks at the first 1000 characters.
 */
export function featuresOf(text: string): number[] {
  const places = new Set<number>();
  const add = (feature: string): void => void places.add(hash(feature));
  const words = wordsOf(text);
  const fields = new Map<string, number>();
  let before = '^';
  for (const word of words) {
    add(word);
    add(`${before} ${word}`);
    before = word;
    const padded = `<${word}>`;
    for (let at = 0; at + PIECE <= padded.length; at++) add(`~${padded.slice(at, at + PIECE)}`);
    for (const field of fieldsOf(word)) fields.set(field, (fields.get(field) ?? 0) + 1);
  }
  add(`${before} $`);
  add(`who ${[...PERSONS].filter((word) => words.includes(word)).join()}`);
  add(`numbers ${Math.min(3, words.filter((word) => word === '#').length)}`);
  add(`length ${Math.min(6, Math.floor(words.length / 2))}`);
  for (const feature of fieldFeatures(fields)) add(feature);
  return [...places];
}

/** How often each field is met, which ones together, and which one most. */
function* fieldFeatures(fields: ReadonlyMap<string, number>): Generator<string> {
  const sorted = [...fields].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const [first, second] = sorted;
  if (first === undefined) yield 'no field';
  else if ((second?.[1] ?? 0) < first[1]) yield `most ${first[0]}`;
  for (const [field, count] of sorted) {
    for (let n = 1; n <= Math.min(3, count); n++) yield `field ${field} ${n}`;
    for (const [other] of sorted) if (field < other) yield `field ${field} and ${other}`;
  }
}

function hash(text: string): number {
  let value = FNV_OFFSET;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), FNV_PRIME);
  return ((value ^ (value >>> 15)) >>> 0) % DIMENSIONS;
}
