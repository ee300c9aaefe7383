/** All audio inside the agent is mono, signed 16 bit, at this many samples per second. */
export const SAMPLE_RATE = 16_000;

/** Samples in one 20 ms frame, the unit in which microphones send. */
export const FRAME_SAMPLES = 320;

/**
 * A piece of audio. `at` is the index of its first sample since the session began: samples are the only clock in
 * `voice/`.
 */
export type Pcm = { readonly at: number; readonly samples: Int16Array };

export const msToSamples = (ms: number): number => Math.round((ms * SAMPLE_RATE) / 1000);
export const samplesToMs = (samples: number): number => (samples * 1000) / SAMPLE_RATE;

/** Little-endian bytes of `samples`; shares memory where the platform allows it. */
export function toBytes(samples: Int16Array): Buffer {
  return Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
}

/** Copies little-endian 16-bit bytes into aligned samples; an odd last byte is dropped. */
export function fromBytes(bytes: Uint8Array): Int16Array {
  const samples = new Int16Array(bytes.byteLength >> 1);
  new Uint8Array(samples.buffer).set(bytes.subarray(0, samples.byteLength));
  return samples;
}

/** One array holding `pieces` end to end. */
export function concat(pieces: readonly Int16Array[]): Int16Array {
  const all = new Int16Array(pieces.reduce((n, piece) => n + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

/** Multiplies by `gain` (1 = unchanged) with saturation; returns the same array when the gain is 1. */
export function amplify(samples: Int16Array, gain: number): Int16Array {
  if (gain === 1) return samples;
  const out = new Int16Array(samples.length);
  for (let i = 0; i < samples.length; i++)
    out[i] = Math.max(-32768, Math.min(32767, Math.round((samples[i] ?? 0) * gain)));
  return out;
}

/** Root mean square, 0 to 1 of full scale. */
export function rms(samples: Int16Array): number {
  let sum = 0;
  for (const s of samples) sum += s * s;
  return samples.length === 0 ? 0 : Math.sqrt(sum / samples.length) / 32768;
}
