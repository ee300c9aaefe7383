/** Samples of at most this size are silence: about -60 dBFS, below any speech sound that a synthesiser makes. */
const SILENCE = 32;

/**
 * Gives a stream the silence that is wanted at its ends and leaves every pause inside as it is. A pause is held back until
 * speech follows it, so speech itself is never delayed.
 */
export class SilenceTrim {
  readonly #lead: number;
  readonly #tail: number;
  /** Silent samples whose fate is open. */
  #held: Int16Array[] = [];
  #heldLength = 0;
  #speaking = false;

  /**
   * @param lead most samples of silence kept before the first sound, so that its onset is whole.
   * @param tail samples of silence after the last: cut or filled up to this number.
   */
  constructor(lead: number, tail: number) {
    this.#lead = lead;
    this.#tail = tail;
  }

  /** Returns what is certain to stay, often the whole piece. */
  push(samples: Int16Array): Int16Array {
    const end = lastSound(samples) + 1;
    if (end === 0) {
      this.#hold(samples);
      return new Int16Array(0);
    }
    const before = this.#release(this.#speaking ? Number.POSITIVE_INFINITY : this.#lead, samples);
    this.#speaking = true;
    const loud = samples.subarray(before.from, end);
    const out = new Int16Array(before.silence.length + loud.length);
    out.set(before.silence);
    out.set(loud, before.silence.length);
    if (end < samples.length) this.#hold(samples.subarray(end));
    return out;
  }

  /** Returns the last silence; nothing when the stream held no sound at all. */
  flush(): Int16Array {
    const silence = this.#takeHeld().subarray(0, this.#tail);
    if (!this.#speaking) return new Int16Array(0);
    const out = new Int16Array(this.#tail);
    out.set(silence);
    return out;
  }

  /** Silence that goes out before `samples`, and the index in `samples` from which they themselves go out. */
  #release(limit: number, samples: Int16Array): { silence: Int16Array; from: number } {
    const silence = this.#takeHeld();
    if (limit === Number.POSITIVE_INFINITY) return { silence, from: 0 };
    const start = firstSound(samples);
    const from = Math.max(0, start - limit);
    const missing = limit - (start - from);
    return { silence: silence.subarray(Math.max(0, silence.length - missing)), from };
  }

  #hold(samples: Int16Array): void {
    this.#held.push(samples);
    this.#heldLength += samples.length;
  }

  #takeHeld(): Int16Array {
    const all = new Int16Array(this.#heldLength);
    let at = 0;
    for (const piece of this.#held) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#held = [];
    this.#heldLength = 0;
    return all;
  }
}

const isSound = (sample: number): boolean => sample > SILENCE || sample < -SILENCE;

const firstSound = (samples: Int16Array): number => samples.findIndex(isSound);
const lastSound = (samples: Int16Array): number => samples.findLastIndex(isSound);
