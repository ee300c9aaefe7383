import { msToSamples, SAMPLE_RATE } from './pcm.js';

/** The last seconds of a stream of audio, addressed by sample index. */
export class PcmRing {
  readonly #buffer: Int16Array;
  #end = 0;

  constructor(seconds: number) {
    this.#buffer = new Int16Array(Math.ceil(seconds * SAMPLE_RATE));
  }

  /** Index after the newest sample. */
  get end(): number {
    return this.#end;
  }

  push(samples: Int16Array): void {
    const size = this.#buffer.length;
    const kept = samples.length > size ? samples.subarray(samples.length - size) : samples;
    const start = (this.#end + samples.length - kept.length) % size;
    const room = Math.min(kept.length, size - start);
    this.#buffer.set(kept.subarray(0, room), start);
    this.#buffer.set(kept.subarray(room), 0);
    this.#end += samples.length;
  }

  /** Copy of [from, to); what is no longer or not yet there is left out. */
  slice(from: number, to: number): Int16Array {
    const first = Math.max(from, this.#end - this.#buffer.length, 0);
    const last = Math.max(first, Math.min(to, this.#end));
    const out = new Int16Array(last - first);
    const start = first % this.#buffer.length;
    const room = Math.min(out.length, this.#buffer.length - start);
    out.set(this.#buffer.subarray(start, start + room));
    out.set(this.#buffer.subarray(0, out.length - room), room);
    return out;
  }
}

/**
 * The sample after the last sound of an utterance: model frames tell it to ~60 ms, loudness to 5 ms. Looks in
 * [around − 320 ms, around + 96 ms) for the last 5 ms block that is within 32 dB of the loudest and twice the quietest.
 */
export function endOfSound(ring: PcmRing, around: number): number {
  const from = Math.max(0, around - msToSamples(320));
  const samples = ring.slice(from, around + msToSamples(96));
  const block = msToSamples(5);
  const levels: number[] = [];
  for (let i = 0; i + block <= samples.length; i += block) {
    let sum = 0;
    for (let j = i; j < i + block; j++) sum += (samples[j] ?? 0) ** 2;
    levels.push(Math.sqrt(sum / block));
  }
  const floor = Math.max(Math.max(...levels, 0) * 0.025, Math.min(...levels) * 2);
  const last = levels.findLastIndex((level) => level > floor);
  return last === -1 ? around : from + (last + 1) * block;
}
