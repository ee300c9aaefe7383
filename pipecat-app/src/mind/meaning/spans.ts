import type { Reading } from '../reflex/numbers.js';
import { SLOT_TYPES } from '../reflex/slots.js';

/** A value with a type that was said: words `from` to `from + length`. */
export type Span = { type: string; value: unknown; from: number; length: number };

/** What stands for a value of the type when meanings are compared, so that "ninety seconds" is as near as "two hours". */
const TYPICAL: Readonly<Record<string, string>> = {
  duration: 'five minutes',
  time: 'seven oclock',
  percent: 'fifty percent',
  number: 'five',
};
const BEFORE_A_TIME = new Set(['at', 'until', 'till', 'by']);

/** Every duration, time, percentage and number of a sentence, the longest reading at each place. */
export function spansIn(words: readonly string[]): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < words.length; ) {
    const span = spanAt(words, at);
    if (span !== undefined) spans.push(span);
    at += span?.length ?? 1;
  }
  return spans;
}

function spanAt(words: readonly string[], from: number): Span | undefined {
  for (const type of Object.keys(TYPICAL).filter((one) => one !== 'number')) {
    const reading = SLOT_TYPES[type]?.(words, from).find((one) => one.cost === 0 && isCertain(type, words, from, one));
    if (reading) return { type, value: reading.value, from, length: reading.length };
  }
  const [number] = SLOT_TYPES.number?.(words, from).filter((one) => one.cost === 0) ?? [];
  return number && { type: 'number', value: number.value, from, length: number.length };
}

/** A bare number may be a time or a percentage too; it is one only where its neighbours say so. */
function isCertain(type: string, words: readonly string[], from: number, { open, length }: Reading<unknown>): boolean {
  if (type === 'time') return !open || BEFORE_A_TIME.has(words[from - 1] ?? '');
  if (type === 'percent') return words[from + length - 1] === 'percent';
  return true;
}

/** The sentence with a typical value in place of each span. */
export function canonical(words: readonly string[], spans: readonly Span[] = spansIn(words)): string {
  const out: string[] = [];
  let at = 0;
  for (const { type, from, length } of spans) {
    out.push(...words.slice(at, from), TYPICAL[type] ?? '');
    at = from + length;
  }
  return [...out, ...words.slice(at)].join(' ');
}

export const typicalOf = (type: string): string | undefined => TYPICAL[type];
