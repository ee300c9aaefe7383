import { SAMPLE_RATE } from '../voice/pcm.js';

/**
 * How much of its 30 s window Whisper's encoder computes, as whisper.cpp's `audio_ctx` (50 per second; 0 = all 1500).
 * docs/decisions/whisper.md has the measurement.
 */
export function audioContext(samples: number): number {
  const seconds = samples / SAMPLE_RATE;
  if (seconds <= 4) return 512;
  if (seconds <= 8) return 768;
  return 0;
}

/** The whole window. */
export const FULL_CONTEXT = 0;
