import { msToSamples } from './pcm.js';
import type { Clock } from './session.types.js';

/** Arrival times drift this much per second at most (100 ppm); lets the estimate follow. */
const DRIFT_PER_SECOND = 1.6;

/**
 * Relates the microphone's own sample count to the session clock. Frames arrive late by a varying delay; the least
 * delay seen is taken for the true one.
 */
export class MicClock {
  readonly #clock: Clock;
  #offset: number | null = null;
  #seenAt = 0;
  #open = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Frames up to `end` have arrived. A pause of the microphone starts a new relation. */
  arrived(end: number): void {
    const now = this.#clock.now();
    const offset = now - end;
    const gap = now - this.#seenAt;
    const stale = this.#offset === null || !this.#open || gap > msToSamples(1000);
    const drift = (gap / 16_000) * DRIFT_PER_SECOND;
    this.#offset = stale ? offset : Math.min(offset, (this.#offset ?? offset) + drift);
    this.#seenAt = now;
    this.#open = true;
  }

  closed(): void {
    this.#open = false;
  }

  /** The microphone's sample count at this instant; goes on by the clock when the microphone is closed. */
  now(): number {
    return Math.max(0, Math.round(this.#clock.now() - (this.#offset ?? 0)));
  }
}
