/** From model frames to "started speaking" and "fell silent", earlier than a segmenter's redemption allows. Pure. */
import type { VadKnobs } from '../ears/vad.js';
import { SAMPLE_RATE } from './pcm.js';

/** `loud`/`quiet`: samples of consecutive speech/silence; `first`: where the run of speech began. */
export type Activity = {
  readonly speaking: boolean;
  readonly loud: number;
  readonly quiet: number;
  readonly first: number;
  readonly lastVoiced: number;
};

export type Frame = {
  /** Sample after the frame. */
  at: number;
  samples: number;
  probability: number;
  /** False while the sound is explained by the agent's own voice (echo.ts). */
  own: boolean;
};

export type ActivityEvent = { type: 'started'; at: number } | { type: 'silent'; at: number };

/** Speech that must be seen before it counts. */
const ONSET = 0.064 * SAMPLE_RATE;
/** Silence after which the words are transcribed; shorter gaps are closures inside words. */
const FELL_SILENT = 0.128 * SAMPLE_RATE;

export const still: Activity = { speaking: false, loud: 0, quiet: 0, first: 0, lastVoiced: 0 };

export function observe(activity: Activity, frame: Frame, knobs: VadKnobs): [Activity, ActivityEvent | null] {
  const voiced = frame.probability >= knobs.threshold && !frame.own;
  const unvoiced = frame.probability < knobs.negThreshold || frame.own;
  const begin = frame.at - frame.samples;
  if (!activity.speaking) {
    if (!voiced) return [unvoiced ? { ...activity, loud: Math.max(0, activity.loud - frame.samples) } : activity, null];
    const first = activity.loud === 0 ? begin : activity.first;
    const loud = activity.loud + frame.samples;
    const lastVoiced = frame.at;
    if (loud < ONSET) return [{ ...activity, loud, first, lastVoiced }, null];
    return [
      { speaking: true, loud: 0, quiet: 0, first, lastVoiced },
      { type: 'started', at: first },
    ];
  }
  if (voiced) return [{ ...activity, quiet: 0, lastVoiced: frame.at }, null];
  // The echo's tail after a hold, or a soft voice under it: it neither ends the speech nor makes it longer.
  if (frame.own && frame.probability >= knobs.threshold) return [activity, null];
  const quiet = unvoiced || activity.quiet > 0 ? activity.quiet + frame.samples : 0;
  if (quiet < FELL_SILENT) return [{ ...activity, quiet }, null];
  return [
    { ...still, lastVoiced: activity.lastVoiced },
    { type: 'silent', at: activity.lastVoiced },
  ];
}
