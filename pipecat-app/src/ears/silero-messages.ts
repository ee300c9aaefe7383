import type { SileroName } from './silero-model.js';
import type { VadEvent, VadKnobs } from './vad.js';

/** What the worker is started with. */
export type WorkerStart = { model: SileroName };

/** One thing to do for one session; the worker does those of a session in order. */
export type Op =
  | { op: 'open'; id: number; knobs: VadKnobs }
  | { op: 'set'; id: number; knobs: VadKnobs }
  | { op: 'endSegment'; id: number }
  | { op: 'close'; id: number }
  /** Whole frames, one after the other; `at` is the index of the first sample. */
  | { op: 'frames'; id: number; at: number; samples: Int16Array };

export type WorkerMessage =
  | { type: 'ready' }
  /** The model cannot be loaded or run; the worker ends after this. */
  | { type: 'failed'; message: string }
  | { type: 'events'; batch: { id: number; events: VadEvent[] }[]; frames: number; ms: number };
