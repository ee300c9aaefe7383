import type { Embedder } from '@twin/pipecat-app/memory/embedder.js';
import { type Candidate, FEATURES } from '@twin/pipecat-app/mind/meaning/evidence.js';
import { type Labelled, sameMeaning } from '@twin/pipecat-app/mind/meaning/labelled.js';
import { type MeaningIndex, meaningIndex, plainWords } from '@twin/pipecat-app/mind/meaning/meaning-index.js';
import type { Target } from '@twin/pipecat-app/mind/meaning/targets.js';
import { weigh } from '@twin/pipecat-app/mind/meaning/weigh.js';

/** A labelled sentence, and what it may mean. */
export type Judged = { one: Labelled; candidates: { candidate: Candidate; x: number[]; right: boolean }[] };

const FOLDS = 5;

/** Weighs every sentence. One that is among `talk` is compared with the talk of other folds only. */
export async function judged(
  sentences: readonly Labelled[],
  parts: {
    targets: readonly Target[];
    talk: readonly string[];
    vectorOf: (text: string) => Float32Array | undefined;
    embedder: Pick<Embedder, 'embed'>;
  },
): Promise<Judged[]> {
  const { targets, talk, vectorOf, embedder } = parts;
  const { signal } = new AbortController();
  const whole = meaningIndex(targets, talk, vectorOf);
  const folds = Array.from({ length: FOLDS }, (_, fold) =>
    meaningIndex(
      targets,
      talk.filter((_text, i) => i % FOLDS !== fold),
      vectorOf,
    ),
  );
  const out: Judged[] = [];
  for (const one of sentences) {
    const at = talk.indexOf(plainWords(one.text));
    const index = at === -1 ? whole : (folds[at % FOLDS] as MeaningIndex);
    const [candidates = []] = await weigh([one.text], index, embedder, signal);
    out.push({
      one,
      candidates: candidates.map((candidate) => ({
        candidate,
        x: FEATURES.map((name) => candidate.evidence[name]),
        right: isRight(candidate, one),
      })),
    });
  }
  return out;
}

const isRight = ({ target, filling }: Candidate, { meant }: Labelled): boolean => {
  const [only, second] = meant;
  return only !== undefined && second === undefined && sameMeaning({ call: callOf(target), args: filling.args }, only);
};

export const callOf = ({ call, reply }: { call: string | undefined; reply: string | undefined }): string =>
  call ?? `=${reply ?? ''}`;
