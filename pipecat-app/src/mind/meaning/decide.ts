import { z } from 'zod';

/** What is known about the nearest target of a sentence. All scores are cosines. */
export type Evidence = {
  /** Of the nearest example. */
  score: number;
  /** Of the nearest example of any other target; 0 when there is none. */
  second: number;
  /** Of the nearest sentence of conversation; 0 when there is none. */
  talk: number;
  /** Values that were said and that the target does not take. */
  unused: number;
};

/** Fitted numbers (`prompts/meaning.json`). */
export const weightsShape = z.strictObject({
  bias: z.number(),
  score: z.number(),
  second: z.number(),
  talk: z.number(),
  unused: z.number(),
  /** Least probability to act for methods that only read, to act for the others, and to ask. */
  read: z.number(),
  write: z.number(),
  ask: z.number(),
});
export type Weights = z.infer<typeof weightsShape>;

/** Probability that the sentence is the nearest target: logistic in the score and its margins. */
export function probability({ score, second, talk, unused }: Evidence, w: Weights): number {
  const sum = w.bias + w.score * score + w.second * (score - second) + w.talk * (score - talk) + w.unused * unused;
  return 1 / (1 + Math.exp(-sum));
}

export function decide(evidence: Evidence, risk: 'read' | 'write' | 'sensitive', w: Weights): 'act' | 'ask' | 'none' {
  const p = probability(evidence, w);
  if (p >= (risk === 'read' ? w.read : w.write)) return 'act';
  return p >= w.ask ? 'ask' : 'none';
}
