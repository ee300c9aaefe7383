/** What whisper.cpp's `verbose_json` says of one segment. */
export type Segment = { text: string; no_speech_prob?: number; avg_logprob?: number };

/** Words per second of audio above which no person speaks. */
const MOST_WORDS_PER_SECOND = 6;
/** How often the same three words may come in one utterance. */
const MOST_REPEATS = 3;

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\p{N}']+/gu) ?? [];

/** True for text as a decoder caught in a loop writes it. */
export function isLooping(text: string, seconds: number): boolean {
  const words = wordsOf(text);
  if (words.length > MOST_WORDS_PER_SECOND * Math.max(1, seconds)) return true;
  const seen = new Map<string, number>();
  for (let i = 0; i + 3 <= words.length; i++) {
    const gram = words.slice(i, i + 3).join(' ');
    const count = (seen.get(gram) ?? 0) + 1;
    if (count > MOST_REPEATS) return true;
    seen.set(gram, count);
  }
  return false;
}

/** Removes marks for things that are not words (`[BLANK_AUDIO]`, `(music)`, `*sighs*`, `♪`) and outer space. */
export function withoutMarks(text: string): string {
  return text
    .replace(/\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
}
