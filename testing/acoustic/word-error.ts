const UNITS =
  'zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen'.split(
    ' ',
  );
const TENS = ['', '', 'twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety'];

/** 0 to 999 999 in words, as an English speaker says it without "and". */
function spell(n: number): string {
  if (n < 20) return UNITS[n] ?? '';
  if (n < 100) return `${TENS[Math.floor(n / 10)]} ${n % 10 === 0 ? '' : UNITS[n % 10]}`;
  if (n < 1000) return `${UNITS[Math.floor(n / 100)]} hundred ${n % 100 === 0 ? '' : spell(n % 100)}`;
  return `${spell(Math.floor(n / 1000))} thousand ${n % 1000 === 0 ? '' : spell(n % 1000)}`;
}

const SIGNS: readonly [RegExp, string][] = [
  [/(\d),(?=\d{3})/g, '$1'],
  [/(\d)\.(?=\d)/g, '$1 point '],
  [/(\d)(?::00)/g, '$1'],
  [/(\d):(?=\d)/g, '$1 '],
  [/%/g, ' percent '],
  [/&/g, ' and '],
  [/\+/g, ' plus '],
  [/°/g, ' degrees '],
];

/** The spoken words of `text`: lower case, numbers spelt out, no punctuation. */
export function words(text: string): string[] {
  let plain = text.toLowerCase().replace(/[’‘]/g, "'");
  for (const [sign, word] of SIGNS) plain = plain.replace(sign, word);
  plain = plain.replace(/\d+/g, (digits) => (digits.length > 6 ? [...digits].join(' ') : ` ${spell(Number(digits))} `));
  return plain.replace(/'/g, '').match(/[\p{L}]+/gu) ?? [];
}

export type WordError = {
  /** Words substituted, inserted and deleted. */
  errors: number;
  /** Words in the reference. */
  total: number;
};

/** Least number of word edits that turn `heard` into `said` (Levenshtein over words). */
export function wordError(said: string, heard: string): WordError {
  const reference = words(said);
  const hypothesis = words(heard);
  let row = Array.from({ length: hypothesis.length + 1 }, (_, j) => j);
  for (const [i, word] of reference.entries()) {
    const next = [i + 1];
    for (let j = 1; j <= hypothesis.length; j++) {
      const same = hypothesis[j - 1] === word ? 0 : 1;
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + same));
    }
    row = next;
  }
  return { errors: row.at(-1) ?? 0, total: reference.length };
}

/** Share of wrong words over several utterances, 0 to 1 (above 1 when words were invented). */
export function errorRate(results: readonly WordError[]): number {
  const total = results.reduce((n, r) => n + r.total, 0);
  return total === 0 ? 0 : results.reduce((n, r) => n + r.errors, 0) / total;
}
