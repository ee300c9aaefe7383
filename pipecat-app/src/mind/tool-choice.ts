import { z } from 'zod';
import type { JsonSchema, ToolSpec } from '../experts/tool-spec.js';
import type { MethodListing } from '../tools/registry.js';

export type Near = { call: string; sentence: string; score: number };
/** Methods near a sentence, by the meaning of their examples. */
export interface Meanings {
  /** Best per method, best first. `score`: 1 for the same sentence, about 0 for another subject. */
  nearest(text: string, signal: AbortSignal): Promise<readonly Near[]>;
}

/** Methods in one prompt; each costs about 30 tokens. */
const MOST = 4;
/** A sentence nearer than this may want the method; measured in docs/decisions/meaning.md. */
const NEAR = 0.5;
/** Share of a sentence's words that an example or description must have, and how many at least. */
const OVERLAP = 0.6;
const LEAST_WORDS = 2;

/** Which of `methods` may be wanted by `text`, best first; by meaning where it is known, else by words. */
export function likely(text: string, methods: readonly MethodListing[], near?: readonly Near[]): ToolSpec[] {
  // Plain text ends the loop as well as `final_answer`, so it needs no offer.
  const usable = methods.filter(({ name, unavailable }) => !unavailable && !name.startsWith('final_answer.'));
  const score = (method: MethodListing): number =>
    near ? (near.find(({ call }) => call === method.name)?.score ?? 0) : overlap(text, method);
  return usable
    .map((method) => ({ method, score: score(method) }))
    .filter((one) => one.score >= (near ? NEAR : OVERLAP))
    .sort((a, b) => b.score - a.score)
    .slice(0, MOST)
    .map(({ method }) => specOf(method));
}

/** A method as a model is told of it. */
export function specOf({ name, description, args, risk, examples = [], sample }: MethodListing): ToolSpec {
  const { $schema: _, ...parameters } = z.toJSONSchema(args, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  const [say] = examples;
  const shown = sample ?? (say !== undefined && args.safeParse({}).success ? { say, args: {} } : undefined);
  const changes = risk === 'write' ? { changes: true as const } : {};
  return {
    name,
    description: description.replace(/\s+/g, ' '),
    parameters,
    ...changes,
    ...(shown && { sample: shown }),
  };
}

/** Share of the words of `text` that one sentence about the method has. */
function overlap(text: string, { description, examples = [] }: MethodListing): number {
  const asked = wordsOf(text);
  const shared = [description, ...examples].map((sentence) => {
    const known = wordsOf(sentence);
    return [...asked].filter((word) => known.has(word)).length;
  });
  const most = Math.max(...shared);
  return most < LEAST_WORDS ? 0 : most / asked.size;
}

const GRAMMAR = new Set(
  'a an and any are at be can could do does for from get give go has have how i if in is it its me my of on or please should so some tell that the there this to up us want was what when where which who why will with would you your'.split(
    ' ',
  ),
);
const wordsOf = (text: string): Set<string> =>
  new Set((text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).filter((word) => !GRAMMAR.has(word)));
