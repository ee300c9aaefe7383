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

/** The parts follow each other without a gap, so that they sum up to `voice_to_voice`. In ms, tenths. */
export function partsOf(t: Instants): TurnRecord['ms'] {
  const clause = t.firstClause ?? t.words;
  const sent = t.firstSent ?? clause;
  const played = t.firstPlayed ?? sent;
  const ms = (from: number, to: number): number => Math.round(samplesToMs(to - from) * 10) / 10;
  return {
    endpoint: ms(t.spokeUntil, t.over),
    stt: ms(t.over, t.words),
    mind: ms(t.words, clause),
    tts: ms(clause, sent),
    playout: ms(sent, played),
    voice_to_voice: ms(t.spokeUntil, played),
  };
}
