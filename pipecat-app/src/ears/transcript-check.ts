/** What whisper.cpp's `verbose_json` says of one segment; `no_speech_prob` is 0 to 1. */
export type Segment = { text: string; no_speech_prob?: number };

/** Words per second of audio above which no person speaks. */
const MOST_WORDS_PER_SECOND = 6;
/** How often the same three words may come in one utterance. */
const MOST_REPEATS = 3;
/** Noise scores 0.93 and more, speech in noise at most 0.46; docs/decisions/whisper.md. */
const NO_SPEECH = 0.8;
/** What Whisper writes when it hears nothing: the ends of the films that it learnt from. */
const PHANTOMS = new Set([
  'you',
  'thank you',
  'thanks',
  'thank you so much',
  'thank you very much',
  'thanks for watching',
  'thank you for watching',
  'please subscribe',
  'bye',
  'bye bye',
  'the end',
  'so',
  'oh',
]);

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

/** The text of an answer: without marks, and empty when Whisper itself doubts that a phantom phrase was speech. */
export function textOf(segments: readonly Segment[]): string {
  const said = segments.filter(
    ({ text, no_speech_prob }) => (no_speech_prob ?? 0) < NO_SPEECH || !PHANTOMS.has(wordsOf(text).join(' ')),
  );
  return withoutMarks(said.map(({ text }) => text).join(''));
}

/** True for text as a decoder caught in a loop writes it. */
export function isLooping(text: string, seconds: number): boolean {
  const words = wordsOf(text);
  if (words.length > MOST_WORDS_PER_SECOND * Math.max(1, seconds)) return true;
  return grams(words).some(({ count }) => count > MOST_REPEATS);
}

/** `text` up to where three words come a second time; what to keep of a loop that will not go away. */
export function beforeLoop(text: string): string {
  const words = text.split(/\s+/u);
  const again = grams(words.map((word) => wordsOf(word).join(' '))).find(({ count }) => count > 1);
  return again === undefined ? text : words.slice(0, again.at).join(' ');
}

/** Removes marks for things that are not words (`[BLANK_AUDIO]`, `(music)`, `*sighs*`, `♪`) and outer space. */
export function withoutMarks(text: string): string {
  return text
    .replace(/\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
}

/** Every run of three words, where it begins and how often it has come up to there. */
function grams(words: readonly string[]): { at: number; count: number }[] {
  const seen = new Map<string, number>();
  return words.slice(2).map((_, at) => {
    const gram = words.slice(at, at + 3).join(' ');
    const count = (seen.get(gram) ?? 0) + 1;
    seen.set(gram, count);
    return { at, count };
  });
}
