import { type Alignment, align, contentWords, meaningStems, type Placed, readingsAt } from './align.js';
import { type Example, isSlot, type Slot } from './example.js';
import type { Sentence } from './sentence.js';
import type { Target } from './targets.js';
import { trimmed } from './trim.js';

/** A target with the arguments that a sentence gives it, by one of its examples. */
export type Filling = {
  example: Example;
  args: Record<string, unknown>;
  /** The sentence with the example's own words in the slots, so that only the rest is compared. */
  leveled: string;
  /** The example with what was said in the slots. */
  reading: string;
  /** Words with a meaning that are in no slot, as stems. */
  open: readonly string[];
  cost: number;
  /** Meaning words too many, as a share of the sentence's words. */
  extra: number;
  /** Meaning words of the example that are missing, as a share of them. */
  missing: number;
  turning: number;
  /** Values that were said and are not used. */
  unused: number;
};

/** Fills a target from a sentence by one example; undefined when an argument that it needs was not said. */
export function fill(target: Target, example: Example, sentence: Sentence): Filling | undefined {
  const found = align(example, sentence);
  const withAll = withStrays(example, sentence, found);
  if (withAll === undefined) return undefined;
  const placed = withAll.flatMap((one) => trimmed(one, sentence, target.call) ?? []);
  if (isOnlySlot(example, found, placed) || namesItself(example, sentence, placed)) return undefined;
  if (placed.some((one) => isOneOfTwo(one, sentence, example) || isNoName(one, sentence))) return undefined;
  const values: Record<string, unknown> = {};
  for (const one of placed) {
    const value = saidIn(one, sentence);
    if (value === undefined) return undefined;
    setAt(values, one.slot.arg, value);
  }
  for (const [arg, value] of Object.entries(example.fixed)) setAt(values, arg, value);
  const args = accepted(target, { ...target.args, ...values }, placed);
  if (args === undefined) return undefined;
  const { words, spans } = sentence;
  const inSlot = (at: number): boolean => placed.some(({ from, length }) => at >= from && at < from + length);
  const strays = withAll.length - found.placed.length;
  return {
    example,
    args,
    leveled: leveled(words, placed),
    reading: reading(example, sentence, placed),
    open: meaningStems(words.filter((_, at) => !inSlot(at))),
    cost: found.cost,
    extra: Math.max(0, found.extra - strays) / Math.max(1, words.length),
    missing: found.missing / Math.max(1, contentWords(example.tokens)),
    turning: found.turning,
    unused: spans.filter(({ from, length }) => !inSlot(from) && !(length === 1 && words[from] === 'one')).length,
  };
}

/** True when nothing was recognised but that something can be in a slot that takes anything. */
function isOnlySlot({ tokens }: Example, { missing }: Alignment, placed: readonly Placed[]): boolean {
  const frame = contentWords(tokens);
  const free = ({ slot }: Placed): boolean => slot.kind === 'text' || slot.kind === 'address';
  return placed.length > 0 && placed.every(free) && frame > 0 && missing >= frame;
}

/** True when a name is a word of the example itself: the "switch" of "switch it off" is no lamp. */
const namesItself = ({ tokens }: Example, { words }: Sentence, placed: readonly Placed[]): boolean =>
  placed.some(
    ({ slot, from, length }) =>
      slot.kind === 'text' &&
      words.slice(from, from + length).every((word) => tokens.some((token) => !isSlot(token) && token.word === word)),
  );

const TWO = new Set(['and', 'or']);
/** True for one of two names ("the lamp and the radio"): half of what was said is not to be done. */
const isOneOfTwo = ({ slot, from, length }: Placed, { words }: Sentence, { tokens }: Example): boolean =>
  slot.kind === 'text' &&
  slot.most !== undefined &&
  // "log in to the attic and run …" has its "and" from the example.
  !tokens.some((token) => !isSlot(token) && TWO.has(token.word)) &&
  [words[from - 1], words[from - 2], words[from + length]].some((word) => TWO.has(word ?? ''));

/** Words that are in no name of a thing. */
const IN_NO_NAME = new Set(
  'am are be been can could did do does had has have is should was were will would'.split(' '),
);
/** What denies a command begins no argument: "never switch the heater" is no thing to be switched on. */
const BEGINS_NONE = new Set(['never', 'not']);
/** True when a name is none: the "should" of "how warm should it be" is no room. */
const isNoName = ({ slot, from, length }: Placed, { words }: Sentence): boolean => {
  if (slot.kind !== 'text') return false;
  const its = words.slice(from, from + length);
  if (BEGINS_NONE.has(its[0] ?? '')) return true;
  return meaningStems(its).length === 0 || (slot.most !== undefined && its.some((word) => IN_NO_NAME.has(word)));
};

/** Typed slots that the order of the example left empty get a value from anywhere; undefined when there is none. */
function withStrays({ tokens }: Example, sentence: Sentence, { placed }: Alignment): Placed[] | undefined {
  const all = [...placed];
  for (const slot of tokens.filter(isSlot)) {
    if (all.some((one) => one.slot === slot)) continue;
    const stray = slot.kind === 'text' || slot.kind === 'address' ? undefined : anywhere(slot, sentence, all);
    if (stray === undefined) return undefined;
    all.push(stray);
  }
  return all;
}

function anywhere(slot: Slot, sentence: Sentence, taken: readonly Placed[]): Placed | undefined {
  for (let from = 0; from < sentence.words.length; from++) {
    const [best] = readingsAt(slot, sentence, from).sort((a, b) => b.length - a.length);
    if (best === undefined) continue;
    const { length, value } = best;
    if (taken.some((one) => from < one.from + one.length && one.from < from + length)) continue;
    return { slot, from, length, value };
  }
  return undefined;
}

function saidIn({ slot, from, length, value }: Placed, sentence: Sentence): unknown {
  if (slot.kind === 'text') return slot.pattern.replace('*', () => sentence.said(from, length));
  return value;
}

/** `data.temperature` is inside of `data`. */
function setAt(values: Record<string, unknown>, path: string, value: unknown): void {
  const [name = '', inner] = path.split('.');
  values[name] = inner === undefined ? value : { ...(values[name] as object), [inner]: value };
}

/** The arguments as the method takes them; a name of several words also joined by hyphens. */
function accepted(
  { schema, required }: Target,
  args: Record<string, unknown>,
  placed: readonly Placed[],
): Record<string, unknown> | undefined {
  if (!required.every((name) => args[name] !== undefined)) return undefined;
  if (schema === undefined || takes(schema, args)) return args;
  const joined = { ...args };
  for (const { slot } of placed) {
    const value = joined[slot.arg];
    if (slot.kind === 'text' && slot.most !== undefined && typeof value === 'string')
      joined[slot.arg] = value.trim().replace(/\s+/g, '-');
  }
  return takes(schema, joined) ? joined : undefined;
}

function takes(schema: NonNullable<Target['schema']>, args: Record<string, unknown>): boolean {
  try {
    return schema.safeParse(args).success;
  } catch {
    return false;
  }
}

function leveled(words: readonly string[], placed: readonly Placed[]): string {
  const out: string[] = [];
  for (let at = 0; at < words.length; ) {
    const one = placed.find(({ from }) => from === at);
    if (one) out.push(...one.slot.words);
    else out.push(words[at] ?? '');
    at += one?.length ?? 1;
  }
  return out.join(' ');
}

const reading = ({ tokens }: Example, { said }: Sentence, placed: readonly Placed[]): string =>
  tokens
    .map((token) => {
      if (!isSlot(token)) return token.word;
      const one = placed.find(({ slot }) => slot === token);
      return one ? said(one.from, one.length) : token.words.join(' ');
    })
    .join(' ');
