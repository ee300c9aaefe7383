/** Zero crossings of the sinc on each side: with the Blackman window about 74 dB of stopband. */
const LOBES = 16;
/** Cutoff as a share of the lower of the two Nyquist frequencies; the rest is the transition band. */
const PASS = 0.9;

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/**
 * Streaming polyphase resampler between two whole sample rates: windowed sinc, low-pass below the lower Nyquist
 * frequency. Output is the same however the input is cut into pieces.
 */
export class Resampler {
  /** Outputs come `up` per `down` inputs. */
  readonly #up: number;
  readonly #down: number;
  readonly #taps: number;
  readonly #phases: Float32Array[];
  #history: Float32Array;
  /** Position of the next output, in 1/`up` of an input sample, counted from `#history[0]`. */
  #next = 0;

  /** Rates in samples per second. */
  constructor(from: number, to: number) {
    const common = gcd(from, to);
    this.#up = to / common;
    this.#down = from / common;
    const cutoff = Math.min(1, to / from) * PASS;
    const half = Math.ceil(LOBES / cutoff);
    this.#taps = 2 * half;
    this.#phases = Array.from({ length: this.#up }, (_, p) => phase(p / this.#up, half, cutoff));
    this.#history = new Float32Array(this.#taps - 1);
  }

  /** All outputs that `input` completes. */
  push(input: Float32Array): Float32Array {
    const line = new Float32Array(this.#history.length + input.length);
    line.set(this.#history);
    line.set(input, this.#history.length);
    const last = line.length - this.#taps;
    const count = Math.max(0, Math.floor((last * this.#up + this.#up - 1 - this.#next) / this.#down) + 1);
    const out = new Float32Array(count);
    for (let i = 0; i < count; i++) {
      const start = Math.floor(this.#next / this.#up);
      const taps = this.#phases[this.#next % this.#up] as Float32Array;
      let sum = 0;
      for (let k = 0; k < this.#taps; k++) sum += (taps[k] as number) * (line[start + k] as number);
      out[i] = sum;
      this.#next += this.#down;
    }
    const used = Math.min(Math.floor(this.#next / this.#up), line.length);
    this.#history = line.slice(used);
    this.#next -= used * this.#up;
    return out;
  }
}

/** Filter taps for an output that lies `fraction` of a sample after tap `half - 1`, summing to 1. */
function phase(fraction: number, half: number, cutoff: number): Float32Array {
  const taps = new Float32Array(2 * half);
  let sum = 0;
  for (let k = 0; k < taps.length; k++) {
    const x = k - (half - 1) - fraction;
    const w = (x + half) / (2 * half);
    const window = 0.42 - 0.5 * Math.cos(2 * Math.PI * w) + 0.08 * Math.cos(4 * Math.PI * w);
    const sinc = x === 0 ? cutoff : Math.sin(Math.PI * cutoff * x) / (Math.PI * x);
    taps[k] = sinc * window;
    sum += taps[k] as number;
  }
  return taps.map((tap) => tap / sum);
}
