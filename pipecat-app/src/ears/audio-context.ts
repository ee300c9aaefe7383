import { SAMPLE_RATE } from '../voice/pcm.js';

/** The whole 30 s window. */
export const FULL_CONTEXT = 0;
/** For speech of one breath. */
export const SHORT_CONTEXT = 512;

/**
 * Seconds of audio up to which a part of the window is enough. Only multiples of 256: the engine pads its attention to
 * them, and with other values leftovers of earlier audio are attended to. docs/decisions/whisper.md has the measurement.
 */
const ENOUGH: readonly (readonly [seconds: number, context: number])[] = [
  [6, SHORT_CONTEXT],
  [12, 768],
  [17, 1024],
];

/** How much of its window Whisper's encoder computes for this audio, as whisper.cpp's `audio_ctx` (50 per second). */
export function audioContext(samples: number): number {
  return ENOUGH.find(([seconds]) => samples <= seconds * SAMPLE_RATE)?.[1] ?? FULL_CONTEXT;
}
