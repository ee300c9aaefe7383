import type { Embedder } from '../../memory/embedder.js';
import { innerProduct } from '../../memory/inner-product.js';
import { type Candidate, denials, evidenceOf, nearestOf } from './evidence.js';
import { type Example, isSlot } from './example.js';
import { type Filling, fill } from './fill.js';
import { type MeaningIndex, plainWords } from './meaning-index.js';
import { type Sentence, sentenceOf } from './sentence.js';
import type { Target } from './targets.js';
import type { Wording } from './wording.js';

/** Targets that are looked at closely, of those near as said and of those alike by words; and those of them that are compared once more. */
const CLOSE = 12;
const ALIKE = 4;
const COMPARED = 7;
/** Examples of a target that are laid over the sentence. */
const ALIGNED = 24;
/** What nearness is worth when an example is chosen, in costs of the alignment. */
const NEARNESS_IN_COST = 0.7;
/** What it costs an example that it denies what the sentence does not, or the other way round. */
const OTHER_DENIAL = 1;
/** What the cost of the alignment is worth when a target is chosen, in nearness. */
const COST_IN_NEARNESS = 0.1;
/** The same of likeness by words. */
const LIKENESS_IN_NEARNESS = 0.5;

type Filled = { of: number; target: Target; filling: Filling; asSaid: number };
/** `unfilled`: nearness of the nearest target that lacks an argument. */
type Close = { filled: readonly Filled[]; unfilled: number };

/**
 * The targets that each text may mean, each with its arguments and what speaks for it. Two calls of the embedder, whatever
 * the number of texts.
 * @throws TwinError of `Embedder.embed`; the reason of `signal`
 */
export async function weigh(
  texts: readonly string[],
  index: MeaningIndex,
  embedder: Pick<Embedder, 'embed'>,
  signal: AbortSignal,
): Promise<Candidate[][]> {
  const said = await embedder.embed(texts, signal);
  const asked = texts.map((text, i) => {
    const sentence = sentenceOf(text);
    return { text, sentence, ...closest(sentence, said[i] as Float32Array, index) };
  });
  const leveled = asked.flatMap(({ text, filled }) => [plainWords(text), ...filled.map((one) => one.filling.leveled)]);
  const distinct = [...new Set(leveled)];
  const vectors = await embedder.embed(distinct, signal);
  const known = new Map(distinct.map((text, i) => [text, vectors[i] as Float32Array]));
  return asked.map(({ text, sentence, ...close }) => candidates(plainWords(text), sentence, close, known, index));
}

/** The fillings of the nearest targets, each by the example that fits best. */
function closest(
  sentence: Sentence,
  vector: Float32Array,
  { targets, near: all, vectorOf, scores, likeness }: MeaningIndex,
): Close {
  const learned = scores(vector);
  const alike = likeness(sentence.words.join(' '));
  const every = targets
    .map((target, of) => ({ of, target, asSaid: nearestOf(vector, all[of] ?? []).near }))
    .sort((a, b) => b.asSaid + (learned[b.of] ?? 0) - a.asSaid - (learned[a.of] ?? 0));
  const further = every
    .slice(CLOSE)
    .sort((a, b) => (alike[b.of] ?? 0) - (alike[a.of] ?? 0))
    .slice(0, ALIKE);
  const near = [...every.slice(0, CLOSE), ...further];
  const filled = near.flatMap(({ of, target, asSaid }) => {
    let best: { filling: Filling; worth: number } | undefined;
    for (const { example, nearness } of likeliest(target, sentence, vector, vectorOf)) {
      const filling = fill(target, example, sentence);
      if (!filling) continue;
      const worth = NEARNESS_IN_COST * nearness - filling.cost - OTHER_DENIAL * Number(denies(filling));
      if (best === undefined || worth > best.worth) best = { filling, worth };
    }
    if (best === undefined) return [];
    const worth =
      asSaid + (learned[of] ?? 0) + LIKENESS_IN_NEARNESS * (alike[of] ?? 0) - COST_IN_NEARNESS * best.filling.cost;
    return [{ of, target, asSaid, filling: best.filling, worth }];
  });
  const lacking = near.filter(({ target }) => !filled.some((one) => one.target === target));
  return {
    filled: filled.sort((a, b) => b.worth - a.worth).slice(0, COMPARED),
    unfilled: Math.max(0, ...lacking.map(({ asSaid }) => asSaid)),
  };
}

const denies = ({ leveled, example }: Filling): boolean =>
  denials(leveled.split(' ')) !== denials(example.text.split(' '));

/** The examples of a target that share most words with a sentence, or are nearest to it. */
function likeliest(
  { examples }: Target,
  { words }: Sentence,
  vector: Float32Array,
  vectorOf: MeaningIndex['vectorOf'],
): { example: Example; nearness: number; promise: number }[] {
  const said = new Set(words);
  return examples
    .flatMap((example) => {
      const its = vectorOf(example.text);
      if (its === undefined) return [];
      const nearness = innerProduct(vector, its);
      const frame = example.tokens.filter((token) => !isSlot(token));
      const shared = frame.filter((token) => !isSlot(token) && said.has(token.word)).length;
      return [{ example, nearness, promise: nearness + (2 * shared) / (frame.length + words.length) }];
    })
    .sort((a, b) => b.promise - a.promise)
    .slice(0, ALIGNED);
}

function candidates(
  plain: string,
  sentence: Sentence,
  { filled, unfilled }: Close,
  vectors: ReadonlyMap<string, Float32Array>,
  { talk, near: all, wordings, siblings, wording, scores, targets, likeness }: MeaningIndex,
): Candidate[] {
  const asPlain = vectors.get(plain) as Float32Array;
  const plainScores = scores(asPlain);
  const alikePlain = likeness(plain);
  const plainTalk = Math.max(0, ...talk.map((other) => innerProduct(asPlain, other)));
  const compared = filled.map((one) => {
    const vector = vectors.get(one.filling.leveled) as Float32Array;
    return {
      ...one,
      ...nearestOf(vector, all[one.of] ?? []),
      learned: scores(vector),
      alike: likeness(one.filling.leveled),
    };
  });
  return compared.map((one) => {
    const { target, filling, near, three, asSaid, of, learned, alike } = one;
    const rivals = compared.filter((other) => !same(other.target, other.filling, target, filling));
    const others = targets.flatMap((other, k) =>
      other === target || (other.call !== undefined && other.call === target.call) ? [] : [k],
    );
    const mostOf = (values: ArrayLike<number>): number => Math.max(0, ...others.map((k) => values[k] ?? 0));
    const evidence = evidenceOf(
      {
        near,
        asSaid,
        three,
        second: Math.max(unfilled, ...rivals.map((rival) => rival.near)),
        talk: plainTalk,
        learned: learned[of] ?? 0,
        learnedAsSaid: plainScores[of] ?? 0,
        learnedSecond: mostOf(learned),
        like: alike[of] ?? 0,
        likeSecond: mostOf(alike),
        likeTalk: alikePlain[targets.length] ?? 0,
        learnedTalk: plainScores[targets.length] ?? 0,
      },
      { its: wordings[of] as Wording, siblings: siblings[of] ?? new Set(), wording },
      filling,
      sentence,
      target.risk === 'sensitive',
    );
    return { target, filling, evidence };
  });
}

/** Two targets that come to the same call are no rivals. */
const same = (a: Target, its: Filling, b: Target, other: Filling): boolean =>
  a === b || (a.call !== undefined && a.call === b.call && JSON.stringify(its.args) === JSON.stringify(other.args));
