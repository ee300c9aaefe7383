import { z } from 'zod';
import { type Evidence, FEATURES } from './evidence.js';

const row = z.array(z.number()).length(FEATURES.length + 1);
/** A net with one hidden layer; the last number of a row, and of `out`, is a constant. */
const net = z.strictObject({ hidden: z.array(row).min(1), out: z.array(z.number()).min(2) });
export type Net = z.infer<typeof net>;

/** `prompts/meaning.json`: what was learned, and sentences to compare with. */
const shape = z.strictObject({
  /** Of each of `FEATURES` its mean and its spread. */
  scale: z.array(z.tuple([z.number(), z.number().positive()])).length(FEATURES.length),
  /** Their mean is the probability. */
  nets: z.array(net).min(1),
  /** Least probability to act, to act where consent is asked for anyway, and to ask back. */
  act: z.number().min(0).max(1),
  actGated: z.number().min(0).max(1),
  ask: z.number().min(0).max(1),
  /** More examples, marked as those of a method, by `keyOf` their target. */
  examples: z.record(z.string(), z.array(z.string().min(1))),
  /** Sentences that were learned from, by `keyOf` their target, with the words of an example in their slots. */
  said: z.record(z.string(), z.array(z.string().min(1))),
  /** Conversation. */
  talk: z.array(z.string().min(1)).min(1),
});
export type MeaningFile = z.infer<typeof shape>;

/** @throws Error for a file of another shape */
export const parseMeaning = (json: string): MeaningFile => shape.parse(JSON.parse(json));

/** Further from the mean than so many spreads is as far as that. */
const FURTHEST = 4;

export const scaled = (x: readonly number[], scale: MeaningFile['scale']): number[] =>
  x.map((value, k) => {
    const [mean, spread] = scale[k] ?? [0, 1];
    return Math.max(-FURTHEST, Math.min(FURTHEST, (value - mean) / spread));
  });

/** That a sentence is a candidate's command: 0 to 1. */
export function probability(evidence: Evidence, { scale, nets }: Pick<MeaningFile, 'scale' | 'nets'>): number {
  const x = scaled(
    FEATURES.map((name) => evidence[name]),
    scale,
  );
  return nets.reduce((sum, one) => sum + answer(one, x), 0) / nets.length;
}

function answer({ hidden, out }: Net, x: readonly number[]): number {
  const sum = hidden.reduce((total, row, k) => total + (out[k] ?? 0) * Math.tanh(dot(row, x)), out[hidden.length] ?? 0);
  return 1 / (1 + Math.exp(-sum));
}

const dot = (row: readonly number[], x: readonly number[]): number =>
  x.reduce((sum, value, k) => sum + value * (row[k] ?? 0), row[x.length] ?? 0);
