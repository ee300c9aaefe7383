import { innerProduct } from '../../memory/inner-product.js';
import type { Filling } from './fill.js';
import type { Sentence } from './sentence.js';
import type { Target } from './targets.js';
import { sharedPairs, type Wording } from './wording.js';

/** What speaks for and against a target, in the order of the learned weights. Nearness is a cosine. */
export const FEATURES = [
  /** Of the sentence, with the example's words in its slots, to the nearest example of the target. */
  'near',
  /** Of the sentence as it was said. */
  'asSaid',
  /** Mean of the three nearest examples. */
  'three',
  /** By how much it is nearer than the next target of another call. */
  'ahead',
  /** By how much it is nearer than the nearest sentence of conversation. */
  'aheadOfTalk',
  'talk',
  /** Scores learned from all examples: of the target, leveled and as said; its lead; of conversation. */
  'learned',
  'learnedAsSaid',
  'learnedAhead',
  'learnedTalk',
  /** What the alignment cost, per word. */
  'cost',
  /** Share of words with a meaning too many; missing from the example. */
  'extra',
  /** Words with a meaning that no example of the target has; as a share of those outside of slots. */
  'strange',
  'strangeShare',
  /** Of those, words that no example of any target has. */
  'foreign',
  /** Words that another target of the same call has instead: "faster" is not "slower". */
  'sibling',
  /** Share of its pairs of words that the target's examples have. */
  'pairs',
  'missing',
  'turning',
  'unused',
  /** Words beyond those of the example, by the tens. */
  'longer',
  /** It asks a question and the example does not, or the other way round. */
  'asks',
  'notAsks',
  /** Likeness by words: to the target, its lead over targets of another call, and over conversation. */
  'like',
  'likeAhead',
  'likeAheadOfTalk',
  /** Words that deny ("not", "never") in one of sentence and example only. */
  'denies',
  /** Words of a story ("yesterday", "he", "always") that are in no slot and not in the example. */
  'story',
  /** Consent is asked for before anything is done. */
  'gated',
  /** It is told of oneself or others ("I like", "she turned") and the example is not. */
  'tells',
] as const;
export type Evidence = Record<(typeof FEATURES)[number], number>;

export type Candidate = { target: Target; filling: Filling; evidence: Evidence };

const ASKING = new Set(
  'what who whom whose which when where why how is are am was were do does did can could will would should has have had'.split(
    ' ',
  ),
);
const TELLING = new Set('i we he she they it the my his her their our that there this a'.split(' '));

const STORY = new Set(
  'yesterday ago last always usually often sometimes every he she they him them his her their we us people somebody everybody said says told if because when while was were had been'.split(
    ' ',
  ),
);
const DENYING = new Set('not no never nobody none nothing without neither nor'.split(' '));
/** How many of the words deny. */
export const denials = (words: readonly string[]): number => words.filter((word) => DENYING.has(word)).length;

const asks = (words: readonly string[]): boolean => ASKING.has(words[0] ?? '');
const tells = (words: readonly string[]): boolean => TELLING.has(words[0] ?? '');

export type Nearness = {
  near: number;
  asSaid: number;
  three: number;
  /** Nearness of the best target of another call. */
  second: number;
  talk: number;
  learned: number;
  learnedAsSaid: number;
  learnedSecond: number;
  learnedTalk: number;
  like: number;
  likeSecond: number;
  likeTalk: number;
};

/** Words of the target's examples, stems of other targets of the same call, words of all. */
export function evidenceOf(
  nearness: Nearness,
  { its, siblings, wording }: { its: Wording; siblings: ReadonlySet<string>; wording: Wording },
  filling: Filling,
  sentence: Sentence,
  gated: boolean,
): Evidence {
  const { near, asSaid, three, second, talk, learned, learnedAsSaid, learnedSecond, learnedTalk } = nearness;
  const { like: alike, likeSecond, likeTalk } = nearness;
  const rest = filling.leveled.split(' ');
  const { words } = sentence;
  const strange = filling.open.filter((stem) => !its.stems.has(stem)).length;
  const like = filling.example.text.split(' ');
  const count = rest.length;
  return {
    near,
    asSaid,
    three,
    ahead: near - second,
    aheadOfTalk: near - talk,
    talk,
    learned,
    learnedAsSaid,
    learnedAhead: learned - learnedSecond,
    learnedTalk,
    cost: filling.cost / Math.max(1, words.length),
    extra: filling.extra,
    strange: Math.min(4, strange),
    foreign: Math.min(3, filling.open.filter((stem) => !wording.stems.has(stem)).length),
    sibling: Math.min(2, filling.open.filter((stem) => !its.stems.has(stem) && siblings.has(stem)).length),
    pairs: sharedPairs(filling.leveled, its),
    strangeShare: strange / Math.max(1, filling.open.length),
    missing: filling.missing,
    turning: Math.min(2, filling.turning),
    unused: Math.min(2, filling.unused),
    like: alike,
    likeAhead: alike - likeSecond,
    likeAheadOfTalk: alike - likeTalk,
    denies: Math.min(2, Math.abs(denials(rest) - denials(like))),
    story: Math.min(2, rest.filter((word) => STORY.has(word) && !like.includes(word)).length),
    gated: Number(gated),
    longer: Math.max(0, count - like.length) / 10,
    asks: Number(asks(words) && !asks(like)),
    notAsks: Number(!asks(words) && asks(like)),
    tells: Number(tells(words) && !tells(like)),
  };
}

/** The nearest of `vectors` to a vector, and the mean of the nearest three. */
export function nearestOf(vector: Float32Array, vectors: readonly Float32Array[]): { near: number; three: number } {
  const best = vectors
    .map((its) => innerProduct(vector, its))
    .sort((a, b) => b - a)
    .slice(0, 3);
  return { near: best[0] ?? -1, three: best.reduce((sum, one) => sum + one, 0) / Math.max(1, best.length) };
}
