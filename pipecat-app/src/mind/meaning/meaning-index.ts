import { type Likeness, lexicon } from './lexicon.js';
import type { MeaningFile } from './meaning-file.js';
import { ridge, type Sample, type Scorer } from './ridge.js';
import { sentenceOf } from './sentence.js';
import { keyOf, type Target } from './targets.js';
import { type Wording, wordingOf } from './wording.js';

/** What sentences are compared with. */
export type MeaningIndex = {
  targets: readonly Target[];
  /** Vectors of the examples of each target, and of what else was learned to mean it. */
  near: readonly (readonly Float32Array[])[];
  /** Words of the same, of each target and of all. */
  wordings: readonly Wording[];
  wording: Wording;
  /** Of each target the stems of other targets of the same call. */
  siblings: readonly ReadonlySet<string>[];
  /** Vectors of conversation. */
  talk: readonly Float32Array[];
  /** Likeness by words of the same: of each target, and last of conversation. */
  likeness: Likeness;
  vectorOf(text: string): Float32Array | undefined;
  /** Learned from all of these: one score per target, and last one for conversation. */
  scores: Scorer;
};

/** Sentences to compare with, besides the examples; in plain words. */
export type Learned = Pick<MeaningFile, 'said' | 'talk'>;

/** Holds the weights of the scores small; fitted. */
const STRENGTH = 0.3;

export const plainWords = (text: string): string => sentenceOf(text).words.join(' ');

const textsOf = (target: Target, { said }: Learned): string[] => [
  ...target.examples.map(({ text }) => text),
  ...(said[keyOf(target)] ?? []),
];

/** Every sentence whose vector an index needs. */
export const sentencesOf = (targets: readonly Target[], learned: Learned): string[] => [
  ...targets.flatMap((target) => textsOf(target, learned)),
  ...learned.talk,
];

/** Sentences without a vector are left out. */
export function meaningIndex(
  targets: readonly Target[],
  learned: Learned,
  vectorOf: (text: string) => Float32Array | undefined,
): MeaningIndex {
  const vectors = (texts: readonly string[]): Float32Array[] => texts.flatMap((text) => vectorOf(text) ?? []);
  const near = targets.map((target) => vectors(textsOf(target, learned)));
  const talk = vectors(learned.talk);
  const samples = [...near, talk].flatMap((its, of): Sample[] => its.map((vector) => ({ vector, of })));
  const texts = targets.map((target) => textsOf(target, learned));
  const [wordings, wording] = [texts.map(wordingOf), wordingOf(texts.flat())];
  const siblings = targets.map(
    (target) =>
      new Set(
        targets.flatMap((other, k) =>
          other !== target && other.call !== undefined && other.call === target.call
            ? [...(wordings[k]?.stems ?? [])]
            : [],
        ),
      ),
  );
  return {
    targets,
    near,
    wordings,
    siblings,
    wording,
    talk,
    likeness: lexicon([...texts, learned.talk]),
    vectorOf,
    scores: ridge(samples, targets.length + 1, STRENGTH),
  };
}
