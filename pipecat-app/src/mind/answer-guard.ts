import { plainText } from './plain-text.js';

export type AnswerLimits = {
  /** Sentences after which an answer ends. */
  sentences: number;
};

/** Longest word that is passed on, in characters; longer ones are a model that has lost its way. */
const LONGEST_WORD = 60;
/** A character this often in a row is no word. */
const CHARACTER_RUN = /([^\s.=_*-])\1{7}/;
const LONGEST_PHRASE = 8;
const SENTENCE_END = /[.!?…]["')\]]*\s+$/;
/** Points that end no sentence. */
const ABBREVIATION = /(?:\b(?:dr|mr|mrs|ms|mt|st|prof|vs|no|e\.g|i\.e|[a-z])\.|^\s*\d+\.)\s+$/i;

/**
 * Passes an answer on word by word and ends it where a small model goes wrong: when it repeats a phrase three times,
 * writes a word without end, or has said enough. What the model returns is data: characters that steer a screen are
 * taken out. What is no text is passed on at once.
 */
export async function* guarded<T extends object = never>(
  pieces: AsyncIterable<string | T>,
  limits: AnswerLimits,
): AsyncGenerator<string | T, void> {
  const said: string[] = [];
  let held = '';
  let sentence = '';
  let sentences = 0;
  for await (const piece of pieces) {
    if (typeof piece !== 'string') {
      yield piece;
      continue;
    }
    held += plainText(piece);
    if (said.length === 0) held = held.trimStart();
    const whole = /^.*\s/s.exec(held)?.[0];
    if (whole === undefined) {
      if (held.length > LONGEST_WORD || CHARACTER_RUN.test(held)) return;
      continue;
    }
    held = held.slice(whole.length);
    for (const [word] of whole.matchAll(/\S+\s+|\s+/g)) {
      if (isBroken(word)) return;
      said.push(word.trim().toLowerCase());
      if (goesInCircles(said)) return;
      yield word;
      sentence += word;
      if (SENTENCE_END.test(sentence) && !ABBREVIATION.test(sentence)) {
        sentence = '';
        if (++sentences >= limits.sentences) return;
      }
    }
  }
  said.push(held.trim().toLowerCase());
  if (held !== '' && !isBroken(held) && !goesInCircles(said)) yield held;
}

const isBroken = (word: string): boolean => word.length > LONGEST_WORD || CHARACTER_RUN.test(word);

/** True when the last words are the same phrase three times in a row. */
function goesInCircles(said: readonly string[]): boolean {
  for (let n = 1; n <= LONGEST_PHRASE; n++) {
    const [a, b, c] = [1, 2, 3].map((k) => said.slice(said.length - k * n, said.length - (k - 1) * n).join(' '));
    if (said.length >= 3 * n && a === b && b === c) return true;
  }
  return false;
}
