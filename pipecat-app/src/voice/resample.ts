/**
 * Zero crossings of the sinc on each side, and the shape of its Kaiser window. By Kaiser's formulas β = 8 gives about
 * 80 dB of stop band, and 24 crossings a transition of a tenth of the lower Nyquist frequency.
 */
const CROSSINGS = 24;
const KAISER_BETA = 8;
/** Pass band edge as a part of the lower Nyquist frequency. */
const PASS = 0.92;
/** Rates without a common divisor use the nearest of this many phases. */
const MAX_PHASES = 1024;

export type Resampler = {
  /** Samples that are ready; the rest waits for what follows. */
  push(samples: Int16Array): Int16Array;
  /** What was still waiting. The resampler is used up afterwards. */
  end(): Int16Array;
};

/** Changes the rate of a mono stream with a windowed-sinc polyphase filter, without delay against the input. */
export function resampler(from: number, to: number): Resampler {
  if (from === to) return { push: (samples) => samples, end: () => new Int16Array(0) };
  const divisor = gcd(from, to);
  const up = to / divisor;
  const down = from / divisor;
  const phases = Math.min(up, MAX_PHASES);
  const { taps, half, table } = kernel(from, to, phases);
  /** Input from `base` on; indices before the first sample read as silence. */
  let held = new Int16Array(half);
  let base = -half;
  let given = 0;
  let made = 0;

  const drain = (until: number): Int16Array => {
    const count = Math.max(0, Math.ceil(((until - half) * up) / down) - made);
    const out = new Int16Array(count);
    for (let i = 0; i < count; i++, made++) {
      const position = made * down;
      let index = Math.floor(position / up);
      let phase = Math.round(((position % up) / up) * phases);
      if (phase === phases) {
        phase = 0;
        index++;
      }
      const first = index - half + 1 - base;
      let sum = 0;
      for (let k = 0; k < taps; k++) sum += (held[first + k] ?? 0) * (table[phase * taps + k] ?? 0);
      out[i] = Math.max(-32768, Math.min(32767, Math.round(sum)));
    }
    const needed = Math.floor((made * down) / up) - half + 1 - base;
    if (needed > 0) {
      held = held.slice(needed);
      base += needed;
    }
    return out;
  };
  const add = (samples: Int16Array): void => {
    const joined = new Int16Array(held.length + samples.length);
    joined.set(held);
    joined.set(samples, held.length);
    held = joined;
  };

  return {
    push(samples) {
      add(samples);
      given += samples.length;
      return drain(given);
    },
    end() {
      add(new Int16Array(half + 1));
      return drain(given + half);
    },
  };
}

/** Resamples a whole recording; the result has `ceil(length * to / from)` samples. */
export function resample(samples: Int16Array, from: number, to: number): Int16Array {
  if (from === to) return samples;
  const stream = resampler(from, to);
  const head = stream.push(samples);
  const tail = stream.end();
  const all = new Int16Array(head.length + tail.length);
  all.set(head);
  all.set(tail, head.length);
  return all;
}

type Kernel = { taps: number; half: number; table: Float32Array };

/** A kernel takes milliseconds to make and a clause is resampled every second, so each ratio is made once. */
const kernels = new Map<string, Kernel>();

function kernel(from: number, to: number, phases: number): Kernel {
  const key = `${from}/${to}`;
  const known = kernels.get(key) ?? makeKernel(from, to, phases);
  kernels.set(key, known);
  return known;
}

function makeKernel(from: number, to: number, phases: number): Kernel {
  const cutoff = Math.min(1, to / from) * PASS;
  const half = Math.ceil(CROSSINGS / cutoff);
  const taps = 2 * half;
  const table = new Float32Array(phases * taps);
  for (let phase = 0; phase < phases; phase++) {
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const x = k - half + 1 - phase / phases;
      const value = cutoff * sinc(cutoff * x) * kaiser(x / half);
      table[phase * taps + k] = value;
      sum += value;
    }
    for (let k = 0; k < taps; k++) table[phase * taps + k] = (table[phase * taps + k] ?? 0) / sum;
  }
  return { taps, half, table };
}

const sinc = (x: number): number => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const kaiser = (x: number): number =>
  Math.abs(x) > 1 ? 0 : bessel0(KAISER_BETA * Math.sqrt(1 - x * x)) / bessel0(KAISER_BETA);

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel0(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-12; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function gcd(a: number, b: number): number {
  return b === 0 ? a : gcd(b, a % b);
}
