/** Samples per second on the wire, both ways. */
export const WIRE_RATE = 16_000;

/** 20 ms, what the microphone sends at a time. */
export const FRAME_SAMPLES = 320;

/** Root mean square of `samples` (-1 to 1), 0 when there are none. */
export function loudness(samples: Float32Array): number {
  let sum = 0;
  for (const s of samples) sum += s * s;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length);
}

/** A loudness as the share of a bar that is filled: -54 dB and less is 0, -6 dB and more is 1. */
export function barLevel(rms: number): number {
  if (rms <= 0) return 0;
  return Math.min(1, Math.max(0, (20 * Math.log10(rms) + 54) / 48));
}
