import FFT from 'fft.js';
import { SAMPLE_RATE } from './pcm.js';

/** Window of one spectrum, in samples (32 ms). */
export const WINDOW = 512;
/** Bands between 150 Hz and 6 kHz, equally wide on the mel scale. */
export const BANDS = 20;

const mel = (hz: number): number => 2595 * Math.log10(1 + hz / 700);
const hz = (m: number): number => 700 * (10 ** (m / 2595) - 1);
const EDGES = Array.from({ length: BANDS + 1 }, (_, i) =>
  Math.round((hz(mel(150) + ((mel(6000) - mel(150)) * i) / BANDS) * WINDOW) / SAMPLE_RATE),
);
const HANN = Float64Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));

const fft = new FFT(WINDOW);
const windowed = new Array<number>(WINDOW).fill(0);
const spectrum = fft.createComplexArray() as number[];

/** Power per band of one window (shorter input is padded with silence), in squared sample units. */
export function bandPowers(samples: Int16Array): Float64Array {
  for (let i = 0; i < WINDOW; i++) windowed[i] = (samples[i] ?? 0) * (HANN[i] ?? 0);
  fft.realTransform(spectrum, windowed);
  const powers = new Float64Array(BANDS);
  for (let b = 0; b < BANDS; b++) {
    const from = EDGES[b] ?? 0;
    const to = Math.max(from + 1, EDGES[b + 1] ?? 0);
    let sum = 0;
    for (let k = from; k < to; k++) sum += (spectrum[2 * k] ?? 0) ** 2 + (spectrum[2 * k + 1] ?? 0) ** 2;
    powers[b] = sum / ((to - from) * WINDOW);
  }
  return powers;
}
