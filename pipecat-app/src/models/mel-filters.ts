/** Whisper's front end: 16 kHz, windows of 400 samples. */
const SAMPLE_RATE_HZ = 16_000;
const WINDOW_SAMPLES = 400;

/** Slaney's mel scale: linear up to 1 kHz, then logarithmic (Auditory Toolbox, 1998). */
const HZ_PER_MEL = 200 / 3;
const BREAK_HZ = 1_000;
const BREAK_MEL = BREAK_HZ / HZ_PER_MEL;
const LOG_STEP = Math.log(6.4) / 27;

const toMel = (hz: number) => (hz >= BREAK_HZ ? BREAK_MEL + Math.log(hz / BREAK_HZ) / LOG_STEP : hz / HZ_PER_MEL);
const toHz = (mel: number) => (mel >= BREAK_MEL ? BREAK_HZ * Math.exp(LOG_STEP * (mel - BREAK_MEL)) : mel * HZ_PER_MEL);

/**
 * Triangular filters of equal area, row-major `[bands][bins]`; with 80 bands the ones that Whisper was trained on. The
 * sign of a zero is kept as numpy's arithmetic has it, so that the bytes are the same as those of a table made there.
 */
export function melFilters(bands: number): { bins: number; weights: Float32Array } {
  const bins = WINDOW_SAMPLES / 2 + 1;
  const binHz = SAMPLE_RATE_HZ / WINDOW_SAMPLES;
  const top = toMel(SAMPLE_RATE_HZ / 2);
  const edges = Array.from({ length: bands + 2 }, (_, i) => toHz(i === bands + 1 ? top : i * (top / (bands + 1))));
  const weights = new Float32Array(bands * bins);
  for (let band = 0; band < bands; band++) {
    const [low, mid, high] = edges.slice(band, band + 3) as [number, number, number];
    for (let bin = 0; bin < bins; bin++) {
      const hz = bin * binHz;
      const height = Math.min(-(low - hz) / (mid - low), (high - hz) / (high - mid));
      if (height >= 0) weights[band * bins + bin] = height * (2 / (high - low));
    }
  }
  return { bins, weights };
}
