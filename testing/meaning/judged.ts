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
import { groupsOf } from './groups.js';
import type { ToLearn } from './set.js';

/** A labelled sentence, and what it may mean. */
export type Judged = {
  one: Labelled;
  fold: number;
  candidates: { candidate: Candidate; x: number[]; right: boolean }[];
};

type Parts = { targets: readonly Target[]; vectors: SentenceVectors; embedder: Pick<Embedder, 'embed'> };

export const FOLDS = 5;
const { signal } = new AbortController();

/** Weighs sentences by an index. */
export async function judged(
  sentences: readonly Labelled[],
  index: MeaningIndex,
  embedder: Pick<Embedder, 'embed'>,
): Promise<Judged[]> {
  const out: Judged[] = [];
  for (const one of sentences) {
    const [candidates = []] = await weigh([one.text], index, embedder, signal);
    out.push({
      one,
      fold: -1,
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

/** An index of the targets and what was learned. */
export async function indexOf({ targets, vectors }: Pick<Parts, 'targets' | 'vectors'>, learned: Learned) {
  await vectors.prepare(sentencesOf(targets, learned), signal);
  return meaningIndex(targets, learned, (text) => vectors.get(text));
}

/**
 * Weighs the sentences that are learned from, each by an index that was made without it and those of its fold, and gives
 * what an index of all of them compares with. Sentences that say the same are of one fold.
 */
export async function judgedApart(
  sentences: readonly ToLearn[],
  parts: Parts,
): Promise<{ all: Judged[]; learned: Learned }> {
  const { embedder } = parts;
  const groups = groupsOf(
    sentences,
    await embedder.embed(
      sentences.map(({ text }) => plainWords(text)),
      signal,
    ),
  );
  const folds = groups.map((group) => (group * 7) % FOLDS);
  const first = await judged(sentences, await indexOf(parts, { said: {}, talk: [] }), embedder);
  const all: Judged[] = [];
  for (let fold = 0; fold < FOLDS; fold++) {
    const others = first.filter((_, i) => folds[i] !== fold);
    const index = await indexOf(parts, learnedFrom(others));
    for (const [i, one] of sentences.entries())
      if (folds[i] === fold) all[i] = { ...((await judged([one], index, embedder))[0] as Judged), fold };
  }
  return { all, learned: learnedFrom(first) };
}
