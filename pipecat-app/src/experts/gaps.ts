/** Gaps that are remembered. */
const KEPT = 256;
const QUANTILE = 0.99;

/** The last gaps between signs of life of one server, in ms. */
export class Gaps {
  readonly #last: number[] = [];
  #next = 0;
  /** Asked for at every sign, while a new gap comes once a word. */
  #p99: number | undefined;

  add(ms: number): void {
    this.#last[this.#next] = ms;
    this.#p99 = undefined;
    this.#next = (this.#next + 1) % KEPT;
  }

  /** The gap that all but one of a hundred stay below, of the last 256; 0 before the first. */
  p99(): number {
    this.#p99 ??= this.#quantile();
    return this.#p99;
  }

  #quantile(): number {
    const sorted = [...this.#last].sort((a, b) => a - b);
    return sorted[Math.ceil(sorted.length * QUANTILE) - 1] ?? 0;
  }
}
