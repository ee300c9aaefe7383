import type { Played } from './playout.js';

/** Names under which the worklet registers itself. */
export const CAPTURE = 'twin-capture';
export const PLAYER = 'twin-player';

/** Page → capture. */
export type CaptureOrder = { type: 'gate'; open: boolean };

/** Capture → page. `at` as in `MicFrame`; `gate` follows the last frame before it closed. */
export type CaptureNews =
  | { type: 'frame'; at: number; samples: Int16Array; level: number }
  | { type: 'gate'; open: boolean };

/** Page → player. */
export type PlayerOrder =
  | { type: 'audio'; turn: number; at: number; samples: Int16Array }
  | { type: 'hold' | 'resume' | 'flush'; turn: number }
  | { type: 'end'; turn: number; samples: number }
  | { type: 'reset' };

/** Player → page. `captured`: samples of the capture clock when `played` was true. */
export type PlayerNews = { type: 'played'; played: Played; captured: number } | { type: 'level'; level: number };
