import type { Understood } from '../reflex/reflex.js';
import type { Candidate } from './evidence.js';
import { isSlot, type Slot } from './example.js';
import { type MeaningFile, probability } from './meaning-file.js';

export type Choice =
  | { kind: 'act'; command: Understood }
  /** `question`: how to ask whether it is meant. */
  | { kind: 'ask'; command: Understood; question: string }
  | { kind: 'none' };

/** The likeliest of `candidates`: sure enough to act, to ask back, or neither. All of them have every argument they need. */
export function choose(candidates: readonly Candidate[], file: MeaningFile): Choice {
  let best: { candidate: Candidate; p: number } | undefined;
  for (const candidate of candidates) {
    const p = probability(candidate.evidence, file);
    if (best === undefined || p > best.p) best = { candidate, p };
  }
  if (best === undefined || best.p < file.ask) return { kind: 'none' };
  const { target, filling } = best.candidate;
  const { call, reply } = target;
  const command: Understood = { call, args: filling.args, reply, cost: 1 - best.p };
  if (best.p >= file.act || isExample(best.candidate)) return { kind: 'act', command };
  // Nobody wants to be asked whether a greeting was meant as one.
  if (call === undefined) return { kind: 'none' };
  return { kind: 'ask', command, question: asQuestion(filling.reading) };
}

/** An example word for word, but for a clause behind it ("remember that …"). Names are too easily found to count. */
const isExample = ({ filling: { leveled, example } }: Candidate): boolean =>
  leveled === example.text && example.tokens.every((token) => !isSlot(token) || isClause(token));
const isClause = (slot: Slot): boolean => slot.kind === 'text' && slot.most === undefined;

/** `switch the lamp off` → `Did you mean: switch the lamp off?` */
const asQuestion = (reading: string): string => `Did you mean: ${reading}?`;
