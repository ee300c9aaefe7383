import type { CommandSet } from './commands.js';
import { FILLERS } from './manners.js';
import type { Reading } from './numbers.js';
import { confusion, joins } from './sounds.js';

/** Words that carry grammar and no meaning: cheap when missing or too many. */
const LIGHT = new Set('a an the to for of on in at my me it is please i be up you do us some this that by'.split(' '));
const LIGHT_COST = 0.2;
const MISSING_COST = 1.2;
const EXTRA_COST = 1;
/** Words that turn a command into something else. */
const TURNING = new Set(
  'not no never how why who whom when where which if did does was were had should because about'.split(' '),
);
/** A word heard as two. */
const SPLIT_COST = 0.2;

/** What was heard, with everything that is worked out about it only once: costs of words, readings of slots. */
export class Hearing {
  readonly #singles = new Map<string, Float64Array>();
  readonly #readings = new Map<string, readonly Reading<unknown>[]>();
  readonly #extra: readonly number[];

  /** @param tolerant false: words must be exactly those of the template */
  constructor(
    readonly words: readonly string[],
    private readonly set: CommandSet,
    private readonly tolerant: boolean,
  ) {
    this.#extra = words.map((word) => {
      if (FILLERS.has(word)) return 0;
      return TURNING.has(word) ? Number.POSITIVE_INFINITY : LIGHT.has(word) ? LIGHT_COST : EXTRA_COST;
    });
  }

  /** Cost of the word at `i` in place of the template's `meant`. */
  one(meant: string, i: number): number {
    if (!this.tolerant) return this.words[i] === meant ? 0 : Number.POSITIVE_INFINITY;
    let costs = this.#singles.get(meant);
    if (costs === undefined) {
      const listed = this.set.mishearings[meant];
      const light = LIGHT.has(meant);
      costs = Float64Array.from(this.words, (heard) => {
        const cost = confusion(meant, heard, listed);
        return light && LIGHT.has(heard) ? Math.min(cost, LIGHT_COST) : cost;
      });
      this.#singles.set(meant, costs);
    }
    return costs[i] ?? Number.POSITIVE_INFINITY;
  }

  /** Cost of the words at `i` and `i + 1` in place of one word. */
  two(meant: string, i: number): number {
    const [first, second] = [this.words[i], this.words[i + 1]];
    if (!this.tolerant || first === undefined || second === undefined) return Number.POSITIVE_INFINITY;
    if (this.set.mishearings[meant]?.includes(`${first} ${second}`)) return SPLIT_COST;
    return joins(meant, first, second) ? SPLIT_COST : Number.POSITIVE_INFINITY;
  }

  /** True when `meant` can have been said, or be left out, at a cost of at most `budget`. */
  admits(meant: string, budget: number): boolean {
    if (this.missing(meant) <= budget) return true;
    for (let i = 0; i < this.words.length; i++) {
      if (this.one(meant, i) <= budget || this.two(meant, i) <= budget) return true;
    }
    return false;
  }

  /** Cost of a template word that was not heard. */
  missing(meant: string): number {
    return LIGHT.has(meant) ? LIGHT_COST : MISSING_COST;
  }

  /** Cost of the word at `i` standing for nothing. */
  extra(i: number): number {
    return this.#extra[i] ?? Number.POSITIVE_INFINITY;
  }

  /** Every reading of the words from `i` on as a slot of this type. */
  readings(type: string, i: number): readonly Reading<unknown>[] {
    const key = `${type} ${i}`;
    let found = this.#readings.get(key);
    if (found === undefined) {
      found = this.set.slots[type]?.(this.words, i) ?? [];
      this.#readings.set(key, found);
    }
    return found;
  }
}
