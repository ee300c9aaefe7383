import { z } from 'zod';
import { type Evidence, FEATURES } from './evidence.js';

const weights = z.strictObject(
  Object.fromEntries(FEATURES.map((name) => [name, z.number()])) as Record<keyof Evidence, z.ZodNumber>,
);

/** `prompts/meaning.json`: what was fitted, and sentences that are no commands. */
const shape = z.strictObject({
  bias: z.number(),
  weights,
  /** Least probability to act, and to ask back. */
  act: z.number().min(0).max(1),
  ask: z.number().min(0).max(1),
  talk: z.array(z.string().min(1)).min(1),
});
export type MeaningFile = z.infer<typeof shape>;

/** @throws Error for a file of another shape */
export const parseMeaning = (json: string): MeaningFile => shape.parse(JSON.parse(json));

/** That a sentence is a candidate's command: logistic in its evidence. */
export function probability(evidence: Evidence, { bias, weights: w }: Pick<MeaningFile, 'bias' | 'weights'>): number {
  const sum = FEATURES.reduce((total, name) => total + w[name] * evidence[name], bias);
  return 1 / (1 + Math.exp(-sum));
}
