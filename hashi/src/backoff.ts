import { ExponentialBackoff, halfJitterGenerator } from 'cockatiel';
import { type Clock, realClock } from './clock.js';

export type BackoffOptions = {
  /** First wait, in ms; each one doubles it. */
  firstMs?: number;
  /** Longest wait, in ms. */
  longestMs?: number;
  clock?: Clock;
};

/** Growing waits between failed tries. Jitter takes up to half of each away, so that clients do not come back together. */
export class Backoff {
  readonly #factory: ExponentialBackoff<number>;
  readonly #clock: Clock;
  #next: ReturnType<ExponentialBackoff<number>['next']> | undefined;

  constructor({ firstMs = 250, longestMs = 30_000, clock = realClock }: BackoffOptions = {}) {
    const generator = halfJitterGenerator;
    this.#factory = new ExponentialBackoff({ initialDelay: firstMs, maxDelay: longestMs, generator });
    this.#clock = clock;
  }

  /** Waits, longer than the last time. Ends early when `signal` aborts. */
  async wait(signal: AbortSignal): Promise<void> {
    this.#next = this.#next === undefined ? this.#factory.next() : this.#next.next(undefined);
    await this.#clock.sleep(this.#next.duration, signal);
  }

  /** A try succeeded: the next wait is the first one again. */
  reset(): void {
    this.#next = undefined;
  }
}
