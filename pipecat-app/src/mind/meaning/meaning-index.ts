import { ridge, type Sample, type Scorer } from './ridge.js';
import { sentenceOf } from './sentence.js';
import type { Target } from './targets.js';

/** What sentences are compared with. */
export type MeaningIndex = {
  targets: readonly Target[];
  /** Sentences of conversation, in plain words. */
  talk: readonly string[];
  vectorOf(text: string): Float32Array | undefined;
  /** Learned from all examples: one score per target, and last one for conversation. */
  scores: Scorer;
};

/** Holds the weights of the scores small; fitted. */
const STRENGTH = 0.3;

export const plainWords = (text: string): string => sentenceOf(text).words.join(' ');

/** Every sentence whose vector an index needs. */
export const sentencesOf = (targets: readonly Target[], talk: readonly string[]): string[] => [
  ...targets.flatMap(({ examples }) => examples.map(({ text }) => text)),
  ...talk,
];

/** @param talk in plain words; sentences without a vector are left out */
export function meaningIndex(
  targets: readonly Target[],
  talk: readonly string[],
  vectorOf: (text: string) => Float32Array | undefined,
): MeaningIndex {
  const sample =
    (of: number) =>
    (text: string): Sample[] => {
      const vector = vectorOf(text);
      return vector ? [{ vector, of }] : [];
    };
  const samples = targets.flatMap(({ examples }, of) => examples.map(({ text }) => text).flatMap(sample(of)));
  const scores = ridge([...samples, ...talk.flatMap(sample(targets.length))], targets.length + 1, STRENGTH);
  return { targets, talk, vectorOf, scores };
}
