import { z } from 'zod';
import { exampleParts } from '../../tools/example.js';
import type { CommandSet } from '../reflex/commands.js';
import { withoutManners } from '../reflex/manners.js';
import { numbersAt } from '../reflex/numbers.js';
import type { SlotReader } from '../reflex/slots.js';
import type { Edge, Template } from '../reflex/template.js';
import { words as wordsOf } from '../reflex/words.js';
import { sentenceOf } from './sentence.js';

/** What fills an argument: a value of a type, an entry of a list, given words, or anything that was said. */
export type SlotKind =
  | { kind: 'typed'; type: string }
  | { kind: 'list'; reader: SlotReader }
  | { kind: 'literal'; values: Readonly<Record<string, unknown>> }
  /** `pattern`: the argument, with what was said in place of `*`. `most`: words of a name; left out, any clause. */
  | { kind: 'text'; pattern: string; most: number | undefined }
  | { kind: 'address' };
export type Slot = SlotKind & { arg: string; words: readonly string[] };
export type Token = { word: string } | Slot;

/** A sentence that means a target, as words and slots. `fixed`: arguments that no word of it says. */
export type Example = { tokens: readonly Token[]; text: string; fixed: Readonly<Record<string, unknown>> };

export const isSlot = (token: Token): token is Slot => 'arg' in token;

const example = (tokens: Token[], fixed: Record<string, unknown> = {}): Example => ({
  tokens,
  fixed,
  text: tokens.flatMap((token) => (isSlot(token) ? token.words : token.word)).join(' '),
});

/** Words of a name that was said; of one that must not have a space. */
const LONGEST_NAME = 5;
const LONGEST_ID = 2;
/** Sentences of one template; each template is as near to a meaning as any of its variants. */
const MOST_VARIANTS = 4;
/** What is said in a slot of an example. */
const TYPICAL: Readonly<Record<string, string>> = {
  duration: 'five minutes',
  time: 'seven oclock',
  percent: 'fifty percent',
  number: 'five',
  text: 'pasta',
};

/** Up to `MOST_VARIANTS` sentences of a template, spread over all of them. */
export function variantsOf(template: Template, { lists, slots }: Pick<CommandSet, 'lists' | 'slots'>): Example[] {
  const tokenOf = (edge: Edge): Token[] => {
    if (edge.kind === 'skip') return [];
    if (edge.kind === 'word') return [{ word: edge.word }];
    const { arg, type } = edge;
    const words = (TYPICAL[type] ?? lists[type]?.[0] ?? '').split(' ');
    if (type === 'text') return [{ kind: 'text', pattern: '*', most: LONGEST_NAME, arg, words }];
    const reader = type in TYPICAL ? undefined : slots[type];
    return [reader ? { kind: 'list', reader, arg, words } : { kind: 'typed', type, arg, words }];
  };
  const all = new Map<string, Example>();
  // Each round takes another edge at every fork, so that few sentences say every alternative.
  for (let round = 0; round < 3 * MOST_VARIANTS && all.size < MOST_VARIANTS; round++) {
    const tokens: Token[] = [];
    let fork = round;
    for (let node = 0; node !== template.end; ) {
      const edges = template.edges[node] ?? [];
      const edge = edges[fork % edges.length];
      if (edge === undefined) break;
      if (edges.length > 1) fork = Math.floor(fork / edges.length) + round;
      tokens.push(...tokenOf(edge));
      node = edge.to;
    }
    const made = example(tokens);
    all.set(made.text, made);
  }
  return [...all.values()];
}

type Property = { type?: string; enum?: unknown[]; pattern?: string };
/** The shape of a method's arguments, as far as slots need it. */
export type Shape = {
  properties?: Record<string, Property>;
  required?: string[];
};

export function shapeOf(args: z.ZodType): Shape {
  try {
    return z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' }) as Shape;
  } catch {
    return {};
  }
}

/**
 * An example of a method, marked as `exampleParts` says.
 * @param kinds Of arguments whose kind is known from elsewhere
 */
export function methodExample(
  marked: string,
  { properties = {} }: Shape,
  kinds: ReadonlyMap<string, SlotKind> = new Map(),
): Example {
  const fixed: Record<string, unknown> = {};
  const tokens = exampleParts(marked).flatMap(({ words, arg, value }): Token[] => {
    const said = wordsOf(words);
    if (arg === undefined) return said.map((word) => ({ word }));
    if (said.length === 0) {
      fixed[arg] = plain(value ?? '');
      return [];
    }
    const kind = (value === undefined ? kinds.get(arg) : undefined) ?? kindOf(arg, said, value, properties[arg]);
    return [{ ...kind, arg, words: said }];
  });
  return example(mannerless(tokens), fixed);
}

/** Without the politeness around it, as a sentence is compared. */
function mannerless(tokens: readonly Token[]): Token[] {
  const words = tokens.map((token) => (isSlot(token) ? SLOT : token.word));
  const rest = withoutManners(words);
  const from = words.findIndex((_, i) => rest.every((word, k) => words[i + k] === word));
  return tokens.slice(Math.max(0, from), Math.max(0, from) + rest.length);
}
/** Stands for a slot; no word is written like it. */
const SLOT = '{}';

/** Arguments that are clauses, not names: they are as long as they are. */
const CLAUSES = new Set('fact query task instructions prompt question message text command code goal'.split(' '));

function kindOf(
  arg: string,
  said: readonly string[],
  value: string | undefined,
  property: Property | undefined,
): SlotKind {
  if (arg === 'url') return { kind: 'address' };
  const text: SlotKind = {
    kind: 'text',
    pattern: value ?? '*',
    most: CLAUSES.has(arg) ? undefined : property?.pattern === undefined ? LONGEST_NAME : LONGEST_ID,
  };
  if (value?.includes('*')) return text;
  const words = (property?.enum ?? []).filter((one) => typeof one === 'string');
  if (value !== undefined || words.length > 0) {
    const own = Object.fromEntries(words.map((word) => [word.toLowerCase(), word]));
    return { kind: 'literal', values: value === undefined ? own : { ...own, [said.join(' ')]: plain(value) } };
  }
  const typed = typeOf(arg, said, property?.type);
  return typed === undefined ? text : { kind: 'typed', type: typed };
}

/** By the schema; where it leaves the type open, by what the example says. */
function typeOf(arg: string, said: readonly string[], type: string | undefined): string | undefined {
  if (type === 'number' || type === 'integer') {
    if (/second/i.test(arg)) return 'duration';
    return /percent/i.test(arg) ? 'percent' : 'number';
  }
  if (type !== undefined) return undefined;
  const [span] = sentenceOf(said.join(' ')).spans;
  if (span?.length === said.length) return span.type;
  return numbersAt(said, 0).some(({ length, cost }) => length === said.length && cost === 0) ? 'number' : undefined;
}

const plain = (value: string): unknown => {
  if (value === 'true' || value === 'false') return value === 'true';
  return /^-?\d+(\.\d+)?$/.test(value) ? Number(value) : value;
};
