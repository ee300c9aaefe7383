/** Said in front of a command without changing it, and what ears make of it ("clean" for "please"); longest first. */
const OPENINGS = [
  'i would like you to',
  'i want you to',
  'would you be so kind and',
  'would you mind',
  'i need you to',
  'could you please',
  'would you please',
  'can you please',
  'will you please',
  'could you',
  'would you',
  'can you',
  'will you',
  'go ahead and',
  'good morning twin',
  'hello twin',
  'hey twin',
  'hey when',
  'hey win',
  'hate win',
  'hate when',
  'hi twin',
  'ok twin',
  'all right',
  'ok',
  'clean',
  'hey',
  'now',
  'then',
].map((phrase) => phrase.split(' '));

/** Said after a command without changing it. */
const CLOSINGS = [
  'clean',
  'if you do not mind',
  'thank you very much',
  'thank you',
  'thanks',
  'for me',
  'right now',
  'now',
  'then',
  'ok',
].map((phrase) => phrase.split(' '));

/** Sounds and words that carry nothing wherever they stand. */
export const FILLERS: ReadonlySet<string> = new Set(
  'please uh um er erm ah oh hmm mm well so just twin actually kindly like hey'.split(' '),
);

const startsWith = (words: readonly string[], phrase: readonly string[]): boolean =>
  phrase.every((word, i) => words[i] === word);

/** The words without the politeness around them, and once when all is said twice; at least one word stays. */
export function withoutManners(words: readonly string[]): readonly string[] {
  let rest = saidOnce(words);
  for (let before = -1; before !== rest.length; ) {
    before = rest.length;
    while (rest.length > 1 && FILLERS.has(rest[0] ?? '')) rest = rest.slice(1);
    while (rest.length > 1 && FILLERS.has(rest.at(-1) ?? '')) rest = rest.slice(0, -1);
    const opening = OPENINGS.find((phrase) => rest.length > phrase.length && startsWith(rest, phrase));
    if (opening) rest = rest.slice(opening.length);
    const closing = CLOSINGS.find(
      (phrase) => rest.length > phrase.length && startsWith(rest.slice(-phrase.length), phrase),
    );
    if (closing) rest = rest.slice(0, -closing.length);
  }
  return rest;
}

/** Ears sometimes write a short sentence twice. */
function saidOnce(words: readonly string[]): readonly string[] {
  const half = words.length / 2;
  return half >= 2 && words.slice(0, half).join(' ') === words.slice(half).join(' ') ? words.slice(0, half) : words;
}
