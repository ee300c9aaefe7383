import type { Hypothesis, Transcript } from './stt.js';

/**
 * What whisper.cpp's `verbose_json` says of one segment; `no_speech_prob` is 0 to 1. `logprob` is the natural logarithm
 * of the probability of its `logprob_tokens` tokens; only the engine of scripts/build-whisper.sh has it.
 */
export type Segment = { text: string; no_speech_prob?: number; logprob?: number; logprob_tokens?: number };
/** `alternatives`: what a grammar left; only that engine has them too. */
export type Answer = { segments?: readonly Segment[]; alternatives?: readonly Segment[] };

/** Words per second of audio above which no person speaks. */
const MOST_WORDS_PER_SECOND = 6;
/** How often the same three words may come in one utterance. */
const MOST_REPEATS = 3;
const LONGEST_PHRASE = 12;
/** "No no no no no" is something that people say. */
const LEAST_LOOP_WORDS = 8;
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

/** What was heard, as an ear says it. */
export function transcriptOf({ segments = [], alternatives }: Answer): Omit<Transcript, 'ms'> {
  return {
    ...hypothesisOf(segments),
    ...(alternatives && { alternatives: alternatives.map((one) => hypothesisOf([one])) }),
  };
}

function hypothesisOf(segments: readonly Segment[]): Hypothesis {
  const [text, confidence] = [textOf(segments), confidenceOf(segments)];
  return confidence === undefined ? { text } : { text, confidence };
}

/** The text of an answer: without marks, and empty when Whisper itself doubts that a phantom phrase was speech. */
export function textOf(segments: readonly Segment[]): string {
  const said = segments.filter(
    ({ text, no_speech_prob }) => (no_speech_prob ?? 0) < NO_SPEECH || !PHANTOMS.has(wordsOf(text).join(' ')),
  );
  return saidOnce(withoutMarks(said.map(({ text }) => text).join('')));
}

/** A whole sentence written twice was said once: Whisper does so when silence follows a short command. */
function saidOnce(text: string): string {
  const half = repeated(text);
  return half !== undefined && half.times === 2 ? half.phrase : text;
}

/** The phrase of 2 to 12 words that `text` consists of, written `times` times; the last time may be cut off (a fraction). */
export function repeated(text: string): { phrase: string; times: number } | undefined {
  const written = text.split(/\s+/u);
  const words = written.map((word) => wordsOf(word).join(' '));
  for (let period = 2; period <= LONGEST_PHRASE && period * 2 <= words.length; period++) {
    const again = words.every((word, at) => {
      const before = words[at - period];
      return before === undefined || word === before || (at === words.length - 1 && before.startsWith(word));
    });
    if (again) return { phrase: written.slice(0, period).join(' '), times: words.length / period };
  }
  return undefined;
}

/** Mean logarithm of the probability of a token; undefined when an engine does not say. */
export function confidenceOf(segments: readonly Segment[]): number | undefined {
  let sum = 0;
  let tokens = 0;
  for (const { logprob, logprob_tokens } of segments) {
    if (logprob === undefined || logprob_tokens === undefined) return undefined;
    sum += logprob;
    tokens += logprob_tokens;
  }
  return tokens === 0 ? undefined : sum / tokens;
}

/** True for text as a decoder caught in a loop writes it, but also for some rhetoric: worth a second look. */
export function isSuspect(text: string, seconds: number): boolean {
  const words = wordsOf(text);
  if (words.length > MOST_WORDS_PER_SECOND * Math.max(1, seconds)) return true;
  const seen = new Map<string, number>();
  for (let at = 0; at + 3 <= words.length; at++) {
    const gram = words.slice(at, at + 3).join(' ');
    const count = (seen.get(gram) ?? 0) + 1;
    if (count > MOST_REPEATS) return true;
    seen.set(gram, count);
  }
  return false;
}

/** `text` without the repetitions of a phrase of up to twelve words that follows itself four times and more. */
export function withoutLoop(text: string): string {
  const written = text.split(/\s+/u);
  const words = written.map((word) => wordsOf(word).join(' '));
  for (let period = 1; period <= LONGEST_PHRASE; period++) {
    const least = Math.max(LEAST_LOOP_WORDS, MOST_REPEATS * period);
    for (let at = 0, run = 0; at + period < words.length; at++) {
      run = words[at] === words[at + period] ? run + 1 : 0;
      if (run >= least) return written.slice(0, at + 1 - run + period).join(' ');
    }
  }
  return text;
}

/** Removes marks for things that are not words (`[BLANK_AUDIO]`, `(music)`, `*sighs*`, `♪`) and outer space. */
export function withoutMarks(text: string): string {
  return text
    .replace(/\[[^\]]*\]|\([^)]*\)|\*[^*]*\*|[♪♫]/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim();
}
