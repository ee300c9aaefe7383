import { FRAME_SAMPLES, loudness, WIRE_RATE } from './rate.js';
import { Resampler } from './resample.js';

/** One piece of microphone audio. `at`: index of its first sample on the capture clock, which never restarts. */
export type MicFrame = { at: number; samples: Int16Array; level: number };

/** Cuts what the microphone gives into 20 ms frames of the wire rate and counts the samples it has given out. */
export class FrameCutter {
  readonly #resampler: Resampler | null;
  #rest = new Float32Array(0);
  #given = 0;

  constructor(inputRate: number) {
    this.#resampler = inputRate === WIRE_RATE ? null : new Resampler(inputRate, WIRE_RATE);
  }

  /** Samples captured so far at the wire rate, those of the unfinished frame included. */
  get captured(): number {
    return this.#given + this.#rest.length;
  }

  push(input: Float32Array): MicFrame[] {
    const fresh = this.#resampler ? this.#resampler.push(input) : input;
    const line = new Float32Array(this.#rest.length + fresh.length);
    line.set(this.#rest);
    line.set(fresh, this.#rest.length);
    const frames: MicFrame[] = [];
    let from = 0;
    for (; from + FRAME_SAMPLES <= line.length; from += FRAME_SAMPLES) {
      frames.push(this.#frame(line.subarray(from, from + FRAME_SAMPLES)));
    }
    this.#rest = line.slice(from);
    return frames;
  }

  /** The unfinished frame, if there is one: the microphone closes. */
  finish(): MicFrame[] {
    if (this.#rest.length === 0) return [];
    const frame = this.#frame(this.#rest);
    this.#rest = new Float32Array(0);
    return [frame];
  }

  #frame(piece: Float32Array): MicFrame {
    const samples = Int16Array.from(piece, (s) => Math.max(-32768, Math.min(32767, Math.round(s * 32768))));
    const at = this.#given;
    this.#given += piece.length;
    return { at, samples, level: loudness(piece) };
  }
}
