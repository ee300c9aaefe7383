/** Zero crossings of the sinc on either side of its centre; 16 puts images and aliases more than 60 dB down. */
const CROSSINGS = 16;
/** Part of the narrower Nyquist band that passes; the rest is the slope of the filter. */
const PASSBAND = 0.92;
/** Shape of the Kaiser window: 7 gives a stop band of about 70 dB (Kaiser 1974: A = beta / 0.1102 + 8.7). */
const KAISER_BETA = 7;

/** Filter for the ratio `up / down` in lowest terms: row `p` holds the taps for outputs that fall `p / up` past an input. */
type Kernel = { readonly up: number; readonly down: number; readonly half: number; readonly rows: readonly Float32Array[] };

const kernels = new Map<string, Kernel>();

/**
 * Changes the sample rate of a stream piece by piece; the pieces join without a seam. Output sample `n` is the signal at
 * input time `n * fromRate / toRate`: the filter's delay is taken out, so nothing shifts. Any two whole rates work.
 *
 * @example
 * const to16k = new ResampleStream(22_050, 16_000);
 * for await (const piece of pieces) yield to16k.push(piece);
 * yield to16k.flush();
 */
export class ResampleStream {
  readonly #kernel: Kernel;
  /** Input that later outputs still need, with the filter's half width of silence before the first sample. */
  #held: Float32Array;
  /** Position of the next output relative to the first held sample: whole inputs, and `1 / up` parts of one. */
  #index = 0;
  #phase = 0;
  #pushed = 0;
  #made = 0;

  constructor(fromRate: number, toRate: number) {
    this.#kernel = kernelFor(fromRate, toRate);
    this.#held = new Float32Array(this.#kernel.half - 1);
  }

  /** Takes any number of samples and returns every output sample that they complete. */
  push(samples: Int16Array): Int16Array {
    if (this.#kernel.up === this.#kernel.down) return samples;
    this.#pushed += samples.length;
    return this.#run(samples);
  }

  /** Returns the last samples: in all, `ceil(pushed * toRate / fromRate)` have then come out. The stream is over. */
  flush(): Int16Array {
    const { up, down, half } = this.#kernel;
    if (up === down) return new Int16Array(0);
    const left = Math.ceil((this.#pushed * up) / down) - this.#made;
    return this.#run(new Int16Array(half + down)).subarray(0, Math.max(0, left));
  }

  #run(samples: Int16Array): Int16Array {
    const { up, down, half, rows } = this.#kernel;
    const input = new Float32Array(this.#held.length + samples.length);
    input.set(this.#held);
    input.set(samples, this.#held.length);
    const taps = 2 * half;
    const ready = Math.max(0, Math.ceil(((input.length - taps + 1 - this.#index) * up - this.#phase) / down));
    const out = new Int16Array(ready);
    for (let n = 0; n < ready; n++) {
      const row = rows[this.#phase] as Float32Array;
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += (row[k] as number) * (input[this.#index + k] as number);
      out[n] = Math.max(-32768, Math.min(32767, Math.round(sum)));
      this.#phase += down;
      this.#index += Math.floor(this.#phase / up);
      this.#phase %= up;
    }
    const done = Math.min(this.#index, input.length);
    this.#held = input.slice(done);
    this.#index -= done;
    this.#made += ready;
    return out;
  }
}

function kernelFor(fromRate: number, toRate: number): Kernel {
  const common = greatestCommonDivisor(fromRate, toRate);
  const up = toRate / common;
  const down = fromRate / common;
  const key = `${up}/${down}`;
  const known = kernels.get(key);
  if (known) return known;
  const cutoff = Math.min(1, up / down) * PASSBAND;
  const half = Math.ceil(CROSSINGS / cutoff);
  const kernel = { up, down, half, rows: Array.from({ length: up }, (_, p) => tapsAt(p / up, half, cutoff)) };
  kernels.set(key, kernel);
  return kernel;
}

/** The `2 * half` taps around a point `offset` (0 to 1) past the middle input, scaled so that a constant stays itself. */
function tapsAt(offset: number, half: number, cutoff: number): Float32Array {
  const taps = new Float32Array(2 * half);
  let sum = 0;
  for (let k = 0; k < taps.length; k++) {
    const x = k - (half - 1) - offset;
    const window = bessel0(KAISER_BETA * Math.sqrt(Math.max(0, 1 - (x / half) ** 2)));
    const sinc = x === 0 ? 1 : Math.sin(Math.PI * cutoff * x) / (Math.PI * cutoff * x);
    const tap = sinc * window;
    taps[k] = tap;
    sum += tap;
  }
  return taps.map((tap) => tap / sum);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-9; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
