import { withoutManners } from '../reflex/manners.js';
import type { Reading } from '../reflex/numbers.js';
import { SLOT_TYPES } from '../reflex/slots.js';
import { words as wordsOf } from '../reflex/words.js';

/** A value with a type that was said: words `from` to `from + length`. */
export type Span = { type: string; value: unknown; from: number; length: number };

/** What was said, without the politeness around it. */
export type Sentence = {
  words: readonly string[];
  /** Durations, times, percentages and numbers, the longest reading at each place. */
  spans: readonly Span[];
  /** Words in front of which there is a mark: a comma, a full stop. */
  breaks: ReadonlySet<number>;
  /** Words that were written as one with the word in front: the `17` of `backup-17`. */
  joined: ReadonlySet<number>;
  /** Words `from` to `from + length` as they were written. */
  said(from: number, length: number): string;
};

const BEFORE_A_TIME = new Set(['at', 'until', 'till', 'by']);
/** "at 20 percent" is no time. */
const TYPES = ['duration', 'percent', 'time'] as const;

export function sentenceOf(text: string): Sentence {
  const all = wordsOf(text);
  const words = withoutManners(all);
  const first = all.findIndex((_, i) => words.every((word, k) => all[i + k] === word));
  const written = chunksOf(text, all);
  const placesOf = (is: (at: number) => boolean): Set<number> =>
    new Set(words.flatMap((_, at) => (at > 0 && written !== undefined && is(first + at) ? [at] : [])));
  return {
    words,
    spans: spansIn(words),
    breaks: placesOf((at) => written?.isBreak(at) ?? false),
    joined: placesOf((at) => written?.isJoined(at) ?? false),
    said: (from, length) =>
      written?.said(first + from, first + from + length) ?? words.slice(from, from + length).join(' '),
  };
}

type Written = {
  said(from: number, to: number): string | undefined;
  /** A mark is in front of a word. */
  isBreak(at: number): boolean;
  /** No space is in front of a word. */
  isJoined(at: number): boolean;
};
const MARK = /[,;.!?]$/;

/** Finds the written form of words; undefined where words and writing do not go together. */
function chunksOf(text: string, all: readonly string[]): Written | undefined {
  const chunks: string[] = [];
  /** Of each word, its chunk. */
  const owners: number[] = [];
  const apart: string[] = [];
  for (const chunk of text.split(/\s+/).filter(Boolean)) {
    const its = wordsOf(chunk);
    apart.push(...its);
    owners.push(...its.map(() => chunks.length));
    chunks.push(chunk);
  }
  if (apart.join(' ') !== all.join(' ')) return undefined;
  const isJoined = (at: number): boolean => owners[at] === owners[at - 1];
  return {
    isJoined,
    isBreak: (at) => !isJoined(at) && MARK.test(chunks[(owners[at] ?? 0) - 1] ?? ''),
    said: (from, to) => {
      const [before, first, last, after] = [owners[from - 1], owners[from], owners[to - 1], owners[to]];
      if (first === undefined || last === undefined || before === first || after === last) return undefined;
      return chunks
        .slice(first, last + 1)
        .join(' ')
        .replace(/^[^\p{L}\p{N}]+|[^\p{L}\p{N}%)]+$/gu, '');
    },
  };
}

function spansIn(words: readonly string[]): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < words.length; ) {
    const span = spanAt(words, at);
    if (span !== undefined) spans.push(span);
    at += span?.length ?? 1;
  }
  return spans;
}

function spanAt(words: readonly string[], from: number): Span | undefined {
  for (const type of TYPES) {
    const reading = SLOT_TYPES[type]?.(words, from).find((one) => one.cost === 0 && isCertain(type, words, from, one));
    if (reading) return { type, value: reading.value, from, length: reading.length };
  }
  const [number] = SLOT_TYPES.number?.(words, from).filter((one) => one.cost === 0) ?? [];
  return number && { type: 'number', value: number.value, from, length: number.length };
}

/** `7:30` may be a time and a duration, a bare number a time and a percentage: neighbours tell. */
function isCertain(type: string, words: readonly string[], from: number, { open, length }: Reading<unknown>): boolean {
  if (type === 'time') return !open || BEFORE_A_TIME.has(words[from - 1] ?? '');
  if (type === 'duration') return length > 1;
  if (type === 'percent') return /^(percent|cent)$/.test(words[from + length - 1] ?? '');
  return true;
}
