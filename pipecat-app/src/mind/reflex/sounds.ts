import { spellingDistance } from '../../voice/spelling-distance.js';

const RULES: readonly (readonly [RegExp, string])[] = [
  [/^kn|^gn|^pn/, 'n'],
  [/^wr/, 'r'],
  [/^wh/, 'w'],
  [/mb$/, 'm'],
  [/ph/g, 'f'],
  [/gh(?=[^aeiou]|$)/g, ''],
  [/tch|ch|sh|ti(?=o)|ci(?=a)/g, 'x'],
  [/th/g, 'd'],
  [/ck|q/g, 'k'],
  [/c(?=[eiy])/g, 's'],
  [/c/g, 'k'],
  [/z/g, 's'],
  [/dg|j/g, 'g'],
  [/v/g, 'f'],
  [/b/g, 'p'],
  [/t/g, 'd'],
  [/y$/, 'i'],
  [/(.)\1+/g, '$1'],
];

/**
 * A key that words of a like sound share: consonants by their place in the mouth, one mark for a vowel at the front,
 * none for vowels inside. After the idea of Soundex and Metaphone, coarser, since ears confuse voiced and unvoiced.
 */
export function soundKey(word: string): string {
  let key = word;
  for (const [from, to] of RULES) key = key.replace(from, to);
  const front = /^[aeiou]/.test(key) ? 'a' : '';
  return front + key.replace(/[aeiouhw]/g, '').replace(/(.)\1+/g, '$1');
}

/** What is worked out once per word: its sound and which letters it has, one bit each. */
type Profile = { word: string; key: string; letters: number; digits: boolean };

const PROFILES_KEPT = 5000;
const profiles = new Map<string, Profile>();

function profile(word: string): Profile {
  const known = profiles.get(word);
  if (known) return known;
  let letters = 0;
  for (let i = 0; i < word.length; i++) letters |= 1 << (word.charCodeAt(i) % 32);
  const made = { word, key: soundKey(word), letters, digits: /\d/.test(word) };
  if (profiles.size >= PROFILES_KEPT) profiles.clear();
  profiles.set(word, made);
  return made;
}

function bits(mask: number): number {
  let n = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) n++;
  return n;
}

/** Words up to this length have so many neighbours that only those of the same sound count. */
const SHORT = 3;
const FARTHEST = 0.5;
const LISTED_COST = 0.25;
const PLURAL_COST = 0.15;

/**
 * Cost of having heard `heard` where `meant` was said: 0 for the same word, up to 0.8 for a far one, Infinity when they
 * have nothing in common. `listed`: what ears are known to write for `meant`.
 */
export function confusion(meant: string, heard: string, listed: readonly string[] = []): number {
  if (meant === heard) return 0;
  if (listed.includes(heard)) return LISTED_COST;
  const a = profile(meant);
  const b = profile(heard);
  if (a.digits || b.digits) return Number.POSITIVE_INFINITY;
  const [shorter, longer] = meant.length < heard.length ? [meant, heard] : [heard, meant];
  if (longer === `${shorter}s`) return PLURAL_COST;
  const alike = a.key === b.key;
  const least = Math.max(bits(a.letters & ~b.letters), bits(b.letters & ~a.letters), longer.length - shorter.length);
  if (!alike && (shorter.length <= SHORT || least > FARTHEST * longer.length)) return Number.POSITIVE_INFINITY;
  const spelling = spellingDistance(meant, heard);
  if (shorter.length <= SHORT) return spelling <= FARTHEST ? 0.5 : Number.POSITIVE_INFINITY;
  if (alike) return 0.3 + spelling * 0.4;
  return spelling <= FARTHEST ? 0.3 + spelling : Number.POSITIVE_INFINITY;
}

/** True when two words in a row are one word that was heard in two: `time er`. */
export function joins(meant: string, first: string, second: string): boolean {
  const joined = first + second;
  if (Math.abs(joined.length - meant.length) > 1 || first[0] !== meant[0]) return false;
  return joined === meant || profile(joined).key === profile(meant).key;
}
