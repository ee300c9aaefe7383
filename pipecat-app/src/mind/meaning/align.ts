import { FILLERS } from '../reflex/manners.js';
import type { TimeOfDay } from '../reflex/times.js';
import { addressOf, LONGEST_ADDRESS } from './address.js';
import { type Example, isSlot, type Slot, type Token } from './example.js';
import type { Sentence, Span } from './sentence.js';

/** What stands in a slot: words `from` to `from + length`; `value` is undefined for free text. */
export type Placed = { slot: Slot; from: number; length: number; value?: unknown };
export type Alignment = {
  placed: readonly Placed[];
  /** 0: the example with other words in its slots. */
  cost: number;
  /** Words with a meaning that are neither in the example nor in a slot. */
  extra: number;
  /** Words with a meaning of the example that were not said. */
  missing: number;
  /** Words that turn a sentence into another one ("not", "why") and are not in the example. */
  turning: number;
};

/** Words that carry grammar and little meaning. */
const LIGHT = new Set(
  'a an the to for of on in at my me it is are please i be you your do us some this that by will would can could let have has has want need now again just with and so as its am was'.split(
    ' ',
  ),
);
const TURNING = new Set(
  'not no never how why who whom when where which what if did does were had should because about'.split(' '),
);
/** Words that are in no name. */
const NEVER = new Set(
  'what why who whom when which how if is are was were did do does can could i you we it that this there not no need please get rid named called still before after longer until and or then to for with about over remind me he she they so because goes go gets stays stay must may will would shall should have has had been be being always wait mean into onto too tell yourself myself nothing anything something everything mind here'.split(
    ' ',
  ),
);
/** Words with which a name does not end: "back door", "switch the heater back". */
const NO_LAST = new Set(['down', 'back']);
const ARTICLES = new Set(['the', 'a', 'an', 'my', 'your', 'our']);
/** After these an article may stand in a name: "lamp in the bedroom". */
const PLACING = new Set('in on of at by from near behind under over'.split(' '));
/** Words with which a name neither begins nor ends. */
const NO_END = new Set(
  'a an the my your our for from in to of on off at with by is are please it and then me up out'.split(' '),
);
/** Words with which a clause ends only where the sentence does. */
const DANGLING = new Set('to into onto in with and or the a an my your of from'.split(' '));

const EXTRA = { filler: 0.05, light: 0.15, word: 1, turning: 1.5 };
const MISSING = { light: 0.15, word: 1, slot: 2 };
const OTHER_GRAMMAR = 0.2;
const OTHER_ENDING = 0.1;
const NAME_WORD = 0.15;
const LONG_NAME_WORD = 0.4;
const TEXT_WORD = 0.05;
const OTHER_WORD = 0.85;
const BAD_END = 0.5;

type Step = Alignment & { from: Step | undefined; own: Placed | undefined };

/** The cheapest way to lay `example` over what was said, in order: dynamic programming over (tokens, words) used. */
export function align({ tokens }: Example, sentence: Sentence): Alignment {
  const { words } = sentence;
  const width = words.length + 1;
  const cells: (Step | undefined)[] = [];
  cells[0] = { placed: [], cost: 0, extra: 0, missing: 0, turning: 0, from: undefined, own: undefined };
  const reach = (token: number, used: number, from: Step, cost: number, more: Partial<Step> = {}): void => {
    const at = token * width + used;
    const total = from.cost + cost;
    const there = cells[at];
    if (used >= width || (there !== undefined && there.cost <= total)) return;
    cells[at] = {
      placed: [],
      cost: total,
      extra: from.extra + (more.extra ?? 0),
      missing: from.missing + (more.missing ?? 0),
      turning: from.turning + (more.turning ?? 0),
      from,
      own: more.own,
    };
  };
  for (let at = 0; at <= tokens.length; at++) {
    for (let used = 0; used < width; used++) {
      const cell = cells[at * width + used];
      if (cell === undefined) continue;
      const word = words[used];
      const token = tokens[at];
      if (word !== undefined) reach(at, used + 1, cell, extraCost(word), extraOf(word));
      if (token === undefined) continue;
      if (isSlot(token)) {
        reach(at + 1, used, cell, MISSING.slot);
        for (const { length, cost, value } of readingsAt(token, sentence, used))
          reach(at + 1, used + length, cell, cost, { own: { slot: token, from: used, length, value } });
      } else {
        reach(at + 1, used, cell, lost(token.word), { missing: LIGHT.has(token.word) ? 0 : 1 });
        const cost = word === undefined ? undefined : otherWord(token.word, word);
        if (cost !== undefined) reach(at + 1, used + 1, cell, cost);
        else if (word !== undefined && !grammar(token.word) && !grammar(word))
          reach(at + 1, used + 1, cell, OTHER_WORD, { extra: 1, missing: 1 });
      }
    }
  }
  const end = cells[tokens.length * width + words.length] as Step;
  const placed: Placed[] = [];
  for (let step: Step | undefined = end; step; step = step.from) if (step.own) placed.unshift(step.own);
  const { cost, extra, missing, turning } = end;
  return { placed, cost, extra, missing, turning };
}

/** Values of a slot that begin at a word, and what each costs. */
export function readingsAt(
  slot: Slot,
  sentence: Sentence,
  from: number,
): { length: number; cost: number; value?: unknown }[] {
  const { words, spans } = sentence;
  const here = (said: string): boolean => said.split(' ').every((word, k) => words[from + k] === word);
  if (slot.kind === 'typed') {
    const span = spans.find((one) => one.from === from);
    const value = span && valueAs(slot.type, span);
    if (span && value !== undefined) return [{ length: span.length, cost: 0, value }];
    const whole = slot.type === 'percent' ? WHOLE[words[from] ?? ''] : undefined;
    return whole === undefined ? [] : [{ length: 1, cost: 0, value: whole }];
  }
  if (slot.kind === 'list')
    return slot
      .reader(words, from)
      .filter(({ cost }) => cost === 0)
      .map((one) => ({ ...one }));
  if (slot.kind === 'literal') {
    return Object.entries(slot.values)
      .filter(([said]) => here(said))
      .map(([said, value]) => ({ length: said.split(' ').length, cost: 0, value }));
  }
  if (slot.kind === 'address') return addressesAt(sentence, from);
  return textsAt(slot.most, sentence, from);
}

const WHOLE: Readonly<Record<string, number>> = { half: 50, full: 100, maximum: 100, max: 100 };
/** The value of a span for a slot of another type; undefined when it has none: the "at 20" of "volume at 20" is no time. */
function valueAs(wanted: string, { type, value }: Span): unknown {
  if (wanted === type) return value;
  const number = type === 'time' ? bareHour(value as TimeOfDay) : type === 'duration' ? undefined : Number(value);
  if (number === undefined || (wanted !== 'percent' && wanted !== 'number')) return undefined;
  return wanted === 'percent' && number > 100 ? undefined : number;
}
const bareHour = ({ hour, minute, meridiem }: TimeOfDay): number | undefined =>
  minute === 0 && meridiem === undefined ? hour : undefined;

function addressesAt(
  { words, said, joined }: Sentence,
  from: number,
): { length: number; cost: number; value: unknown }[] {
  const out: { length: number; cost: number; value: unknown }[] = [];
  for (let length = 1; length <= LONGEST_ADDRESS && from + length <= words.length; length++) {
    if (joined.has(from) || joined.has(from + length)) continue;
    const value = addressOf(said(from, length));
    if (value !== undefined) out.push({ length, cost: TEXT_WORD, value });
  }
  return out;
}

/** `longest`: of a name, in words. */
function textsAt(
  longest: number | undefined,
  { words, breaks, joined }: Sentence,
  from: number,
): { length: number; cost: number }[] {
  const out: { length: number; cost: number }[] = [];
  if (joined.has(from)) return out;
  const most = longest ?? words.length;
  const name = longest !== undefined;
  for (let length = 1; length <= most && from + length <= words.length; length++) {
    const [first = '', last = ''] = [words[from], words[from + length - 1]];
    if (name && length > 1 && breaks.has(from + length - 1)) break;
    if (joined.has(from + length)) continue;
    if (name && NEVER.has(last)) break;
    if (name && ARTICLES.has(last) && !PLACING.has(words[from + length - 2] ?? '')) break;
    if (name && (NO_END.has(first) || NO_END.has(last) || NO_LAST.has(last))) continue;
    const long = Math.max(0, length - 3);
    const bad =
      !name &&
      (first === 'that' ||
        (DANGLING.has(last) && from + length < words.length) ||
        isOpening(words.slice(from, from + length)));
    const each = name ? NAME_WORD * length + LONG_NAME_WORD * long : TEXT_WORD * length;
    out.push({ length, cost: each + (bad ? BAD_END : 0) });
  }
  return out;
}

/** Words between a verb and the "that" of its clause: "note down for me that …". */
const BEFORE_THAT = new Set(
  'for me us down this it later now also the fact in mind your memory future remember of'.split(' '),
);
/** True for a clause whose own beginning comes later. */
function isOpening(clause: readonly string[]): boolean {
  const at = clause.indexOf('that');
  return at > 0 && at < 5 && clause.slice(0, at).every((word) => BEFORE_THAT.has(word));
}

const extraCost = (word: string): number => {
  if (FILLERS.has(word)) return EXTRA.filler;
  if (TURNING.has(word)) return EXTRA.turning;
  return LIGHT.has(word) ? EXTRA.light : EXTRA.word;
};
const extraOf = (word: string): Partial<Step> => {
  if (TURNING.has(word)) return { turning: 1 };
  return FILLERS.has(word) || LIGHT.has(word) ? {} : { extra: 1 };
};
const grammar = (word: string): boolean => LIGHT.has(word) || TURNING.has(word) || FILLERS.has(word);
const lost = (word: string): number => (LIGHT.has(word) ? MISSING.light : MISSING.word);

function otherWord(meant: string, said: string): number | undefined {
  if (meant === said) return 0;
  if (LIGHT.has(meant) && LIGHT.has(said)) return OTHER_GRAMMAR;
  return stem(meant) === stem(said) ? OTHER_ENDING : undefined;
}

const stem = (word: string): string => (word.length > 3 ? word.replace(/(?:ing|es|ed|er|s|e)$/, '') : word);

/** The stems of the words with a meaning. */
export const meaningStems = (words: readonly string[]): string[] => words.filter((word) => !grammar(word)).map(stem);

/** Share of the meaning words of an example that a sentence is about; for tokens without slots. */
export const contentWords = (tokens: readonly Token[]): number =>
  tokens.filter((token) => !isSlot(token) && !LIGHT.has(token.word)).length;
