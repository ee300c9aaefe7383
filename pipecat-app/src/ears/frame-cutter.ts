import type { Pcm } from '../voice/pcm.js';

/** Cuts a stream of pieces of any length into runs of whole frames, so that where a piece ends makes no difference. */
export class FrameCutter {
  readonly #frameSamples: number;
  readonly #rest: Int16Array;
  #held = 0;
  /** Index of the first sample held. */
  #at = 0;

  constructor(frameSamples: number) {
    this.#frameSamples = frameSamples;
    this.#rest = new Int16Array(frameSamples);
  }

  /**
   * @returns the whole frames that are complete now, in memory of their own, or undefined when there is none. After a
   * gap the samples before it that filled no frame are dropped.
   */
  push({ at, samples }: Pcm): Pcm | undefined {
    if (this.#held > 0 && at !== this.#at + this.#held) this.#held = 0;
    if (this.#held === 0) this.#at = at;
    const total = this.#held + samples.length;
    const whole = total - (total % this.#frameSamples);
    if (whole === 0) {
      this.#rest.set(samples, this.#held);
      this.#held = total;
      return undefined;
    }
    const out = new Int16Array(whole);
    out.set(this.#rest.subarray(0, this.#held));
    const taken = whole - this.#held;
    out.set(samples.subarray(0, taken), this.#held);
    const frames = { at: this.#at, samples: out };
    this.#rest.set(samples.subarray(taken));
    this.#held = total - whole;
    this.#at += whole;
    return frames;
  }
}
