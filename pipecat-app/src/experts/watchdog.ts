import type { Gaps } from './gaps.js';

/** What one server has shown so far: its gaps between tokens, and between steps of the prompt's evaluation. */
export type Rhythm = { tokens: Gaps; progress: Gaps };

/**
 * `waiting`: asked, nothing heard yet. `prefill`: the prompt is being evaluated. `decoding`: tokens come. `since`: when
 * the last sign of life came, in ms.
 */
export type Watched = { phase: 'waiting' | 'prefill' | 'decoding'; since: number };
export type Sign = 'progress' | 'token';

/** Silence that is always allowed, in ms. */
export const LEAST_SILENCE_MS = 3000;
const FACTOR = 4;

/** A sign of life at `at`. Gaps count from the last sign, or from when the reader came back, whichever is later. */
export function onSign(watched: Watched, sign: Sign, at: number, rhythm: Rhythm): Watched {
  const gap = at - watched.since;
  if (watched.phase === 'decoding') rhythm.tokens.add(gap);
  else if (watched.phase === 'prefill') rhythm.progress.add(gap);
  return { phase: sign === 'token' || watched.phase === 'decoding' ? 'decoding' : 'prefill', since: at };
}

/** The reader was away until `at`, so that nothing could be heard. */
export const onReturn = (watched: Watched, at: number): Watched => ({ ...watched, since: Math.max(watched.since, at) });

/**
 * When silence has lasted too long: `max(3 s, 4 × p99 of the gaps)` after the last sign. Before the first sign the
 * server may be allowed more, because not every server says that it evaluates.
 */
export function deadline(watched: Watched, rhythm: Rhythm, waitingMs: number): number {
  const gap = watched.phase === 'decoding' ? rhythm.tokens.p99() : rhythm.progress.p99();
  const allowed = Math.max(LEAST_SILENCE_MS, FACTOR * gap);
  return watched.since + (watched.phase === 'waiting' ? Math.max(allowed, waitingMs) : allowed);
}
