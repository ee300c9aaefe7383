import type { TurnRecord } from '../../../src/server/protocol.js';

export type Stage = { name: string; what: string; ms: number; startMs: number };

const STAGES = [
  ['endpoint', 'waiting until you had finished'],
  ['stt', 'your words became final'],
  ['mind', 'first clause of the answer'],
  ['tts', 'its first sound'],
  ['playout', 'on the way to the loudspeaker'],
] as const;

/** The parts of a turn's delay one after the other, and their sum (at least 1, so that shares can be drawn). */
export function waterfall(ms: TurnRecord['ms']): { stages: Stage[]; totalMs: number } {
  let startMs = 0;
  const stages = STAGES.map(([name, what]) => {
    const stage = { name, what, ms: Math.max(0, ms[name]), startMs };
    startMs += stage.ms;
    return stage;
  });
  return { stages, totalMs: Math.max(1, startMs) };
}

/** `0.84 s` or `84 ms`. */
export function duration(ms: number): string {
  return ms < 100 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`;
}
