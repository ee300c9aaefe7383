import type { Pcm } from '../voice/pcm.js';

/** Voice activity knobs; each can change while a session runs. */
export type VadKnobs = {
  /** Speech probability (0 to 1) at or above which a frame counts as speech. `VAD_THRESHOLD` */
  threshold: number;
  /** Probability below which a frame counts as silence; between the two nothing changes. `VAD_NEG_THRESHOLD` */
  negThreshold: number;
  /** Shorter speech than this is a misfire (a cough, a click). `VAD_MIN_SPEECH_MS` */
  minSpeechMs: number;
  /** Silence that ends a speech segment when nothing else is known. `VAD_REDEMPTION_MS` */
  redemptionMs: number;
  /** Audio before the first speech frame that belongs to the segment. `VAD_PREROLL_MS` */
  prerollMs: number;
};

export type VadEvent =
  /** One model frame; `at` is the sample index just after it. Posted for every frame, in order. */
  | { type: 'frame'; at: number; probability: number }
  /** `at`: first sample of the first speech frame (without preroll). */
  | { type: 'speechStarted'; at: number }
  /** `at`: sample index just after the last speech frame, i.e. before the redemption silence. */
  | { type: 'speechStopped'; at: number }
  /** A segment that stayed under `minSpeechMs`. */
  | { type: 'misfire'; at: number };

/** The detector of one session. Events arrive asynchronously, in sample order. */
export interface Vad {
  /** Takes the next piece of microphone audio, any length; pieces must follow each other without a gap. */
  push(pcm: Pcm): void;
  set(knobs: VadKnobs): void;
  /** Forgets the running segment, so that the next speech frame starts a new one. */
  endSegment(): void;
  close(): void;
}

/** Runs the model outside the agent's event loop and serves every session. */
export interface VadEngine {
  readonly name: string;
  /** @throws TwinError `TWIN_VAD_UNAVAILABLE` through `onError` when the model cannot be loaded. */
  open(knobs: VadKnobs, onEvent: (event: VadEvent) => void, onError: (error: Error) => void): Vad;
  health(): { ok: boolean; detail: string };
  close(): Promise<void>;
}
