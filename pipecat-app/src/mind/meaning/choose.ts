import type { Understood } from '../reflex/reflex.js';
import { type Candidate, denials } from './evidence.js';
import { isSlot, type Slot } from './example.js';
import { type MeaningFile, probability } from './meaning-file.js';

export type Choice =
  | { kind: 'act'; command: Understood }
  /** `question`: how to ask whether it is meant. */
  | { kind: 'ask'; command: Understood; question: string }
  | { kind: 'none' };

type Rated = { candidate: Candidate; p: number };

/** The likeliest of `candidates`: sure enough to act, to ask back, or neither. All of them have every argument they need. */
export function choose(candidates: readonly Candidate[], file: MeaningFile): Choice {
  const best = likeliest(candidates, file);
  if (best === undefined || best.p < Math.min(file.ask, leastToAct(best, file))) return { kind: 'none' };
  const { target, filling } = best.candidate;
  const { call, reply } = target;
  const command: Understood = { call, args: filling.args, reply, cost: 1 - best.p };
  if (isSure(best, file)) return { kind: 'act', command };
  // Nobody wants to be asked whether a greeting was meant as one.
  if (call === undefined) return { kind: 'none' };
  // "I don't want you to lock the door" is like what says no itself ("I don't need the timer"), and may be its opposite.
  if (denials(filling.leveled.split(' ')) > 0) return { kind: 'none' };
  return { kind: 'ask', command, question: asQuestion(filling.reading) };
}

/** The likeliest candidate; none when it denies what its example says, or the other way round: "don't turn it off". */
export function likeliest(
  candidates: readonly Candidate[],
  learned: Pick<MeaningFile, 'scale' | 'nets'>,
): Rated | undefined {
  let best: Rated | undefined;
  for (const candidate of candidates) {
    const p = probability(candidate.evidence, learned);
    if (best === undefined || p > best.p) best = { candidate, p };
  }
  return best !== undefined && best.candidate.evidence.denies > 0 ? undefined : best;
}

/** Where consent is asked for anyway, that is the question whether it was meant. */
const leastToAct = ({ candidate }: Rated, { act, actGated }: Pick<MeaningFile, 'act' | 'actGated'>): number =>
  candidate.target.risk === 'sensitive' ? actGated : act;

/** True when it is likely enough to act, or an example word for word. */
export const isSure = (best: Rated, file: Pick<MeaningFile, 'act' | 'actGated'>): boolean =>
  best.p >= leastToAct(best, file) || isExample(best.candidate);

/** An example word for word, but for a clause behind it ("remember that …"). Names are too easily found to count. */
const isExample = ({ filling: { leveled, example } }: Candidate): boolean =>
  leveled === example.text && example.tokens.every((token) => !isSlot(token) || isClause(token));
const isClause = (slot: Slot): boolean => slot.kind === 'text' && slot.most === undefined;

/** `switch the lamp off` → `Did you mean: switch the lamp off?` */
const asQuestion = (reading: string): string => `Did you mean: ${reading}?`;
