import { MAIN, type Wanted } from './routing/wanted.js';

/** One server that could answer, as it is now. */
export type Candidate = {
  /** Unique. */
  id: string;
  expert: string;
  health: 'healthy' | 'unhealthy';
  /** Asleep candidates are woken first; takes `wakeMs`. */
  asleep: boolean;
  wakeMs: number;
  /** A fallback model is in use. */
  degraded: boolean;
  /** The model inside the agent itself, which is always there and small. */
  embedded: boolean;
  /** Requests that it works on. */
  queue: number;
  /** Measured; undefined before the first answer. */
  tokensPerSecond: number | undefined;
  /** Share of the beginning of the prompt that it has evaluated, as measured last: 0 to 1. */
  warm: number;
};

/** What things are worth, in ms of waiting. */
export type Prices = {
  /** Another expert than the wanted one answers, when it is wanted for sure. */
  otherExpert: number;
  /** The same, when the expert was named. */
  otherThanNamed: number;
  degraded: number;
  embedded: number;
  /** Evaluation of a persona's beginning. */
  coldPrefix: number;
  /** Tokens of an answer. */
  answerTokens: number;
  /** Taken for a server that was not measured yet. */
  tokensPerSecond: number;
};

export const PRICES: Prices = {
  otherExpert: 15_000,
  otherThanNamed: 150_000,
  degraded: 5000,
  embedded: 20_000,
  coldPrefix: 4000,
  answerTokens: 60,
  tokensPerSecond: 10,
};

/** Tokens per second below which slower makes no difference. */
const SLOWEST = 0.1;

/** Ranked first to last; `why` says in one line what decided. */
export type Choice = { candidate: Candidate; costMs: number; why: string };

/**
 * Ranks everybody who could answer, by what their answer costs: the wait for it, and what it is worth less. Servers
 * that are not healthy come behind all others. Total and deterministic: every candidate is ranked once, whatever the
 * order they come in.
 */
export function choose(wanted: Wanted, candidates: readonly Candidate[], prices: Prices = PRICES): Choice[] {
  const rated = candidates.map((candidate) => ({ candidate, costMs: costOf(candidate, wanted, prices) }));
  rated.sort(
    (a, b) =>
      Number(a.candidate.health === 'unhealthy') - Number(b.candidate.health === 'unhealthy') ||
      a.costMs - b.costMs ||
      (a.candidate.id < b.candidate.id ? -1 : a.candidate.id > b.candidate.id ? 1 : 0),
  );
  return rated.map((one) => ({ ...one, why: explain(one.candidate, wanted, candidates) }));
}

function costOf(candidate: Candidate, { expert, confidence, named }: Wanted, prices: Prices): number {
  const rate = Math.max(SLOWEST, candidate.tokensPerSecond ?? prices.tokensPerSecond);
  const answerMs = (prices.answerTokens / rate) * 1000;
  let cost = answerMs * (1 + candidate.queue) + prices.coldPrefix * (1 - candidate.warm);
  if (candidate.asleep) cost += candidate.wakeMs;
  if (candidate.degraded) cost += prices.degraded;
  if (candidate.embedded) cost += prices.embedded;
  if (candidate.expert !== expert) {
    const price = named ? prices.otherThanNamed : prices.otherExpert * confidence;
    // An expert for something else is worth less than the one for everything.
    cost += candidate.expert === MAIN ? price : 2 * price;
  }
  return cost;
}

function explain(candidate: Candidate, wanted: Wanted, all: readonly Candidate[]): string {
  const { expert, confidence, named } = wanted;
  const asked = named ? `${expert} was named` : `${expert} is wanted (${Math.round(confidence * 100)} %)`;
  const facts = [
    candidate.asleep ? `it is woken in about ${Math.round(candidate.wakeMs / 1000)} s` : '',
    candidate.health === 'unhealthy' ? 'it did not answer lately' : '',
    candidate.degraded ? 'with a fallback model' : '',
    candidate.tokensPerSecond === undefined ? '' : `${candidate.tokensPerSecond.toFixed(1)} tokens/s`,
    candidate.queue > 0 ? `${candidate.queue} before it` : '',
    candidate.warm > 0.5 ? 'its persona is evaluated' : '',
  ].filter((fact) => fact !== '');
  const stands = candidate.expert === expert ? asked : `${asked}, but ${whyNot(expert, all)}`;
  return [stands, ...facts].join('; ');
}

function whyNot(expert: string, all: readonly Candidate[]): string {
  const its = all.filter((one) => one.expert === expert && !one.embedded);
  if (its.length === 0) return 'it is not there';
  if (its.every((one) => one.health === 'unhealthy')) return 'none of its servers answers';
  if (its.every((one) => one.asleep || one.health === 'unhealthy')) return 'waking it takes longer';
  return 'it would take longer';
}
