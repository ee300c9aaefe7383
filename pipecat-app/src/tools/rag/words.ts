/** Words that say nothing about what a text is about. */
const STOP = new Set(
  (
    'a an and are as at be been but by can could did do does for from had has have how i if in into is it its me my of on or ' +
    'our out shall she should so some than that the their them then there they this to up us was we were what when where ' +
    'which who whom why will with would you your twin agent'
  ).split(' '),
);

/** A word as the index keeps it: lower case, without its ending; undefined when it says nothing. */
export function indexWord(word: string): string | undefined {
  const lower = word.toLowerCase();
  if (lower.length < 2 || STOP.has(lower)) return undefined;
  if (lower.length < 5) return lower;
  return lower
    .replace(/(?:ies|ied)$/, 'y')
    .replace(/(?<=[sxzh])es$/, '')
    .replace(/(?<=[^s])s$/, '')
    .replace(/(?<=.{3})(?:ing|ed)$/, '')
    .replace(/(?<=.{3})e$/, '');
}
