import type { LlamaContext, LlamaContextSequence, Token } from 'node-llama-cpp';
import { planReuse } from './reuse.js';

/** One conversation's place in the model's memory. */
export type Lane = { readonly sequence: LlamaContextSequence; busy: boolean; usedAt: number };

/** Hands out the sequences of a context so that a conversation finds what was evaluated for it before. */
export class Lanes {
  readonly all: readonly Lane[];
  readonly #waiting: (() => void)[] = [];
  #uses = 0;

  constructor(context: LlamaContext, count: number) {
    this.all = Array.from({ length: count }, () => ({ sequence: context.getSequence(), busy: false, usedAt: 0 }));
  }

  /** A free lane, as soon as there is one: where the fewest tokens are to be evaluated and to be thrown away. */
  async take(wanted: readonly Token[]): Promise<Lane> {
    for (;;) {
      const rated = this.all
        .filter((lane) => !lane.busy)
        .map((lane) => {
          const { kept } = planReuse(lane.sequence.contextTokens, wanted);
          return { lane, cost: wanted.length - kept + lane.sequence.nextTokenIndex - kept };
        })
        .sort((a, b) => a.cost - b.cost || a.lane.usedAt - b.lane.usedAt);
      const best = rated[0]?.lane;
      if (best !== undefined) {
        best.busy = true;
        best.usedAt = ++this.#uses;
        return best;
      }
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  release(lane: Lane): void {
    lane.busy = false;
    this.#waiting.shift()?.();
  }
}

/** Tokens that are evaluated between two looks at the abort signal. */
const SLICE = 64;

/**
 * Brings `sequence` to hold exactly `tokens`, evaluating only what is new.
 * @returns the number of tokens evaluated, or undefined when `signal` aborted on the way.
 */
export async function evaluateTo(
  sequence: LlamaContextSequence,
  tokens: readonly Token[],
  signal: AbortSignal,
): Promise<number | undefined> {
  const { erase } = planReuse(sequence.contextTokens, tokens);
  if (erase.length > 0) await sequence.eraseContextTokenRanges([...erase]);
  const from = sequence.nextTokenIndex;
  for (let at = from; at < tokens.length; at += SLICE) {
    if (signal.aborted) return undefined;
    await sequence.evaluateWithoutGeneratingNewTokens(tokens.slice(at, at + SLICE) as Token[]);
  }
  return tokens.length - from;
}
