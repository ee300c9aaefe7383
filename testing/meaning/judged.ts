import type { Embedder } from '@twin/pipecat-app/memory/embedder.js';
import { type Candidate, FEATURES } from '@twin/pipecat-app/mind/meaning/evidence.js';
import { type Labelled, sameMeaning } from '@twin/pipecat-app/mind/meaning/labelled.js';
import {
  type Learned,
  type MeaningIndex,
  meaningIndex,
  plainWords,
  sentencesOf,
} from '@twin/pipecat-app/mind/meaning/meaning-index.js';
import { keyOf, type Target } from '@twin/pipecat-app/mind/meaning/targets.js';
import { weigh } from '@twin/pipecat-app/mind/meaning/weigh.js';
import type { SentenceVectors } from '@twin/pipecat-app/mind/sentence-vectors.js';

/** A labelled sentence, and what it may mean. */
export type Judged = { one: Labelled; candidates: { candidate: Candidate; x: number[]; right: boolean }[] };

type Parts = { targets: readonly Target[]; vectors: SentenceVectors; embedder: Pick<Embedder, 'embed'> };

export const FOLDS = 5;
const { signal } = new AbortController();

/** Weighs sentences by an index. */
async function judged(
  sentences: readonly Labelled[],
  index: MeaningIndex,
  embedder: Pick<Embedder, 'embed'>,
): Promise<Judged[]> {
  const out: Judged[] = [];
  for (const one of sentences) {
    const [candidates = []] = await weigh([one.text], index, embedder, signal);
    out.push({
      one,
      candidates: candidates.map((candidate) => ({ candidate, x: rowOf(candidate), right: isRight(candidate, one) })),
    });
  }
  return out;
}

const rowOf = ({ evidence }: Candidate): number[] => FEATURES.map((name) => evidence[name]);

const isRight = ({ target, filling }: Candidate, { meant }: Labelled): boolean => {
  const [only, second] = meant;
  const call = target.call ?? `=${target.reply ?? ''}`;
  return only !== undefined && second === undefined && sameMeaning({ call, args: filling.args }, only);
};

/** Sentences to compare with, out of labelled ones: conversation, and commands with the words of an example in their slots. */
function learnedFrom(judged: readonly Judged[]): Learned {
  const said: Record<string, string[]> = {};
  for (const { candidates } of judged) {
    const right = candidates.find((it) => it.right)?.candidate;
    if (right === undefined) continue;
    const key = keyOf(right.target);
    said[key] = [...new Set([...(said[key] ?? []), right.filling.leveled])];
  }
  const talk = judged.filter(({ one }) => one.meant.length === 0).map(({ one }) => plainWords(one.text));
  return { said, talk: [...new Set(talk)] };
}

/**
 * Weighs the sentences that are learned from, each by an index that was made without it and those of its fold (every
 * `FOLDS`th), and gives what an index of all of them compares with.
 */
export async function judgedApart(
  sentences: readonly Labelled[],
  { targets, vectors, embedder }: Parts,
): Promise<{ all: Judged[]; learned: Learned }> {
  const indexOf = async (learned: Learned): Promise<MeaningIndex> => {
    await vectors.prepare(sentencesOf(targets, learned), signal);
    return meaningIndex(targets, learned, (text) => vectors.get(text));
  };
  const first = await judged(sentences, await indexOf({ said: {}, talk: [] }), embedder);
  const all: Judged[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = first.filter((_, i) => i % FOLDS !== fold);
    const its = sentences.filter((_, i) => i % FOLDS === fold);
    for (const [k, one] of (await judged(its, await indexOf(learnedFrom(others)), embedder)).entries()) {
      all[k * FOLDS + fold] = one;
    }
  }
  return { all, learned: learnedFrom(first) };
}
