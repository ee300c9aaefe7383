import { type Candidate, type Seat, singles, splits } from './plan-candidates.js';
import { usableMb } from './plan-memory.js';
import { whyNowhere, whySingle, whySplit, whyTooSlow, whyUnusable } from './plan-reasons.js';
import { type Placement, type Plan, type PlanModel, type PlanNode, quantText, type Refusal } from './plan-types.js';

export type PlanOptions = {
  /** Tokens of context that each expert keeps. */
  contextTokens?: number;
  /** An expert that answers more slowly than this is refused, tokens per second. */
  leastTokensPerSecond?: number;
};

const CONTEXT_TOKENS = 4096;
const LEAST_TOKENS_PER_SECOND = 0.5;
/** Speed at which a file that lost less is preferred to a faster one: three times speech, and the first word in time. */
const FAST_ENOUGH = { answer: 1 / 10, prompt: 1 / 100 };
/** Nor is a file that lost more worth a gain below this. */
const WORTH = 1.25;

/**
 * Gives each model, in the order of preference, the place where it answers fastest: the whole of it on one node where it
 * fits on any, else layers over as few slow nodes as its memory allows, else none, with the reasons in words. Models
 * placed earlier keep their memory and share their node's speed. Pure: equal inventories give equal plans, in whatever
 * order the nodes are named.
 *
 * @example
 * const { placed, refused } = plan(readInventory(text), planModels(catalogue));
 */
export function plan(nodes: readonly PlanNode[], models: readonly PlanModel[], options: PlanOptions = {}): Plan {
  const seats: Seat[] = [];
  const unusable: { node: string; reason: string }[] = [];
  for (const node of [...nodes].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const reason = whyUnusable(node);
    if (reason !== undefined || node.cpu === undefined) unusable.push({ node: node.name, reason: reason ?? '' });
    else seats.push({ node: { ...node, cpu: node.cpu }, freeMb: usableMb(node), experts: 0 });
  }
  const placed: Placement[] = [];
  const refused: Refusal[] = [];
  for (const model of models) {
    const outcome = place(model, seats, options);
    if (!('shares' in outcome)) {
      refused.push(outcome);
      continue;
    }
    placed.push(outcome);
    for (const { node, memoryMb } of outcome.shares) {
      const seat = seats.find((one) => one.node.name === node) as Seat;
      seat.freeMb -= memoryMb;
      seat.experts++;
    }
  }
  return { placed, refused, unusable };
}

function place(model: PlanModel, seats: readonly Seat[], options: PlanOptions): Placement | Refusal {
  const contextTokens = options.contextTokens ?? CONTEXT_TOKENS;
  const least = options.leastTokensPerSecond ?? LEAST_TOKENS_PER_SECOND;
  const alone = singles(model, seats, contextTokens);
  const chosen = alone.length > 0 ? pick(alone) : fastest(splits(model, seats, contextTokens));
  if (!chosen) return { model: model.name, reasons: whyNowhere(model, seats, contextTokens) };
  if (1 / chosen.answer < least) return { model: model.name, reasons: whyTooSlow(chosen, least) };
  return {
    model: model.name,
    entry: chosen.file.entry,
    quant: quantText(chosen.file),
    shares: chosen.shares,
    promptTokensPerSecond: 1 / chosen.prompt,
    answerTokensPerSecond: 1 / chosen.answer,
    reasons: alone.length > 0 ? whySingle(chosen, alone, seats) : whySplit(model, chosen, seats, contextTokens),
  };
}

/** The fastest node; on it the file that lost least among those that are fast enough, or hardly slower than the fastest. */
function pick(alone: readonly Candidate[]): Candidate | undefined {
  const best = fastest(alone);
  if (!best) return undefined;
  const good = ({ answer, prompt, turn }: Candidate): boolean =>
    turn <= best.turn * WORTH || (answer <= FAST_ENOUGH.answer && prompt <= FAST_ENOUGH.prompt);
  return alone
    .filter((one) => one.shares[0]?.node === best.shares[0]?.node && good(one))
    .sort((a, b) => a.file.loss - b.file.loss || a.turn - b.turn)[0];
}

/** The first of those with the shortest turn. */
function fastest(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.reduce<Candidate | undefined>(
    (best, one) => (best === undefined || one.turn < best.turn ? one : best),
    undefined,
  );
}
