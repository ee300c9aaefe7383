import { concat } from '../voice/pcm.js';

/** One channel: pieces end to end, of which only the last `limit` samples are kept. */
class Channel {
  readonly #limit: number;
  #pieces: Int16Array[] = [];
  #from = 0;
  #to = 0;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get from(): number {
    return this.#from;
  }
  get to(): number {
    return this.#to;
  }

  append(samples: Int16Array): void {
    this.#pieces.push(samples.slice());
    this.#to += samples.length;
    for (
      let first = this.#pieces[0];
      first && this.#to - this.#from - first.length >= this.#limit;
      first = this.#pieces[0]
    ) {
      this.#from += first.length;
      this.#pieces.shift();
    }
  }

  /** Samples `from` to `to`; zeros where nothing is kept. */
  slice(from: number, to: number): Int16Array {
    const out = new Int16Array(Math.max(0, to - from));
    let at = this.#to;
    for (let i = this.#pieces.length - 1; i >= 0 && at > from; i--) {
      const piece = this.#pieces[i] as Int16Array;
      at -= piece.length;
      const begin = Math.max(from, at);
      const end = Math.min(to, at + piece.length);
      if (begin < end) out.set(piece.subarray(begin - at, end - at), begin - from);
    }
    return out;
  }

  all(): Int16Array {
    return concat(this.#pieces);
  }
}

/**
 * What a client heard and said on one sample clock: `mic` is what it sent, `speaker` what its loudspeaker played at the
 * same instant. Latencies are read off it.
 */
export class StereoRecording {
  readonly mic: Channel;
  readonly speaker: Channel;

  /** `limit`: samples kept of each channel; older ones are forgotten. */
  constructor(limit = Number.POSITIVE_INFINITY) {
    this.mic = new Channel(limit);
    this.speaker = new Channel(limit);
  }

  /** Interleaved left (mic) and right (speaker), as long as the shorter of the two. */
  stereo(): Int16Array {
    const from = Math.max(this.mic.from, this.speaker.from);
    const to = Math.min(this.mic.to, this.speaker.to);
    const left = this.mic.slice(from, to);
    const right = this.speaker.slice(from, to);
    const out = new Int16Array(left.length * 2);
    for (let i = 0; i < left.length; i++) {
      out[2 * i] = left[i] ?? 0;
      out[2 * i + 1] = right[i] ?? 0;
    }
    return out;
  }
}

/** Sample value of -40 dB below full scale, the line between sound and silence in every latency figure. */
export const AUDIBLE = 328;

/** Index of the first sample at or above `threshold`, or -1. */
export function firstAudible(samples: Int16Array, threshold = AUDIBLE): number {
  return samples.findIndex((s) => Math.abs(s) >= threshold);
}

/** Index of the last sample at or above `threshold`, or -1. */
export function lastAudible(samples: Int16Array, threshold = AUDIBLE): number {
  return samples.findLastIndex((s) => Math.abs(s) >= threshold);
}
