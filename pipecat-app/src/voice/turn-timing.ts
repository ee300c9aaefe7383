import type { TurnRecord } from '../server/protocol.js';
import { samplesToMs } from './pcm.js';

/** Instants of one turn on the microphone's sample clock; null where it did not happen. */
export type Instants = {
  /** Last sample of the user's speech, or when a typed message came in. */
  spokeUntil: number;
  /** The endpoint rule was satisfied. */
  over: number;
  /** The words were final and the turn began. */
  words: number;
  firstClause: number | null;
  firstSent: number | null;
  firstPlayed: number | null;
};

/**
 * The parts follow each other without a gap, so that they sum up to `voice_to_voice`. In ms, tenths. The client's clock
 * ticks in frames: what the server saw later than the loudspeaker is moved to when it was heard, so no part is negative.
 */
export function partsOf(t: Instants): TurnRecord['ms'] {
  const ends = [t.over, t.words, t.firstClause ?? t.words, t.firstSent ?? t.firstClause ?? t.words];
  const played = Math.max(t.spokeUntil, t.firstPlayed ?? Math.max(...ends));
  const marks = [t.spokeUntil, ...ends.map((end) => Math.min(end, played)), played];
  const part = (i: number): number => ms(Math.max(0, (marks[i + 1] ?? played) - (marks[i] ?? played)));
  return {
    endpoint: part(0),
    stt: part(1),
    mind: part(2),
    tts: part(3),
    playout: part(4),
    voice_to_voice: ms(played - t.spokeUntil),
  };
}

const ms = (samples: number): number => Math.round(samplesToMs(samples) * 10) / 10;
