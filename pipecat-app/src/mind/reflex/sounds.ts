/** Distance of two words in edits (insert, delete, replace, swap of neighbours), divided by the longer length: 0 to 1. */
export function spellingDistance(a: string, b: string): number {
  if (a === b) return 0;
  const longer = Math.max(a.length, b.length);
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = last;
    last = row;
  }
  return (last[b.length] ?? longer) / longer;
}

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

/** Words up to this length have so many neighbours that only the listed ones count. */
const SHORT = 3;
const FARTHEST = 0.5;

/**
 * Cost of having heard `heard` where `meant` was said: 0 for the same word, up to 0.75 for a far one, Infinity when
 * they have nothing in common. `listed`: words that ears are known to confuse.
 */
export function confusion(meant: string, heard: string, listed: Readonly<Record<string, readonly string[]>>): number {
  if (meant === heard) return 0;
  if (listed[meant]?.includes(heard)) return 0.25;
  if (heard === `${meant}s` || meant === `${heard}s`) return 0.15;
  if (/\d/.test(heard) || /\d/.test(meant)) return Number.POSITIVE_INFINITY;
  const spelling = spellingDistance(meant, heard);
  const sounds = soundKey(meant) === soundKey(heard);
  if (Math.min(meant.length, heard.length) <= SHORT) {
    return sounds && spelling <= FARTHEST ? 0.5 : Number.POSITIVE_INFINITY;
  }
  if (sounds) return 0.3 + spelling * 0.4;
  return spelling <= FARTHEST ? 0.3 + spelling : Number.POSITIVE_INFINITY;
}
