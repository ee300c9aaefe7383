import { FRAME_SAMPLES } from '../voice/pcm.js';

/** Peak of the noise that a quiet room puts into every sample, about -72 dB: no real microphone gives pure zeros. */
const ROOM_NOISE = 8;

type Wait = { done: () => boolean; until: number; settle: (met: boolean) => void };

/**
 * A microphone that is told what to hear: 20 ms frames of what was fed to it, of quiet room noise when there is nothing.
 * Time in it is the number of samples that were taken from it.
 *
 * @example
 * const mic = new FedMicrophone();
 * const talking = client.talk(mic, signal);
 * const { to } = mic.say(samples);
 * await mic.until(() => answered, to + msToSamples(30_000));
 */
export class FedMicrophone implements AsyncIterable<Int16Array> {
  #queue: Int16Array[] = [];
  #queued = 0;
  #taken = 0;
  #ended = false;
  #waits: Wait[] = [];
  #seed = 1;

  /** Samples taken so far. */
  get position(): number {
    return this.#taken;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** Feeds `samples` after what is queued; returns the sample indices between which they will be heard. */
  say(samples: Int16Array): { from: number; to: number } {
    const from = this.#taken + this.#queued;
    this.#queue.push(samples);
    this.#queued += samples.length;
    return { from, to: from + samples.length };
  }

  /** Resolves with true at the first frame at which `done` holds, with false when sample `until` or the end comes first. */
  until(done: () => boolean, until: number): Promise<boolean> {
    if (done() || this.#ended) return Promise.resolve(done());
    return new Promise((settle) => this.#waits.push({ done, until, settle }));
  }

  /** No frame follows; waits that are open resolve with what holds now. */
  end(): void {
    this.#ended = true;
    for (const wait of this.#waits.splice(0)) wait.settle(wait.done());
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Int16Array> {
    while (!this.#ended) {
      yield this.#frame();
      for (const wait of this.#waits) {
        const met = wait.done();
        if (!met && this.#taken < wait.until) continue;
        this.#waits = this.#waits.filter((w) => w !== wait);
        wait.settle(met);
      }
    }
  }

  #frame(): Int16Array {
    const frame = new Int16Array(FRAME_SAMPLES);
    let at = 0;
    for (let first = this.#queue[0]; first && at < frame.length; first = this.#queue[0]) {
      const n = Math.min(first.length, frame.length - at);
      frame.set(first.subarray(0, n), at);
      at += n;
      this.#queued -= n;
      if (n === first.length) this.#queue.shift();
      else this.#queue[0] = first.subarray(n);
    }
    for (; at < frame.length; at++) frame[at] = this.#noise();
    this.#taken += frame.length;
    return frame;
  }

  /** Linear congruential generator with the constants of Numerical Recipes: the same noise in every run. */
  #noise(): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0;
    return Math.round((this.#seed / 0xffff_ffff - 0.5) * 2 * ROOM_NOISE);
  }
}
