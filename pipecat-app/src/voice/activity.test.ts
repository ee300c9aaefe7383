import { describe, expect, it } from 'vitest';
import { type ActivityEvent, observe, still } from './activity.js';

const knobs = { threshold: 0.5, negThreshold: 0.35, minSpeechMs: 120, redemptionMs: 700, prerollMs: 300 };

/** Events of frames of 512 samples with these probabilities. */
function events(probabilities: number[], more: { own?: boolean } = {}): (ActivityEvent & { seen: number })[] {
  let activity = still;
  return probabilities.flatMap((probability, i) => {
    const frame = { at: (i + 1) * 512, samples: 512, probability, own: false, ...more };
    const [after, event] = observe(activity, frame, knobs);
    activity = after;
    return event === null ? [] : [{ ...event, seen: frame.at }];
  });
}

describe('voice activity', () => {
  it('starts after 64 ms and names the first sample of the run', () => {
    expect(events([0, 0.9, 0.9])).toEqual([{ type: 'started', at: 512, seen: 1536 }]);
  });
  it('never starts on the own voice', () => expect(events([1, 1, 1, 1, 1], { own: true })).toEqual([]));
  it('does not start on a click', () => expect(events([0.9, 0, 0, 0.9, 0, 0])).toEqual([]));
  it('falls silent 128 ms after the last voiced frame and names its end', () => {
    expect(events([0.9, 0.9, 0.9, 0, 0, 0, 0])).toEqual([
      { type: 'started', at: 0, seen: 1024 },
      { type: 'silent', at: 1536, seen: 3584 },
    ]);
  });
  it('bridges gaps inside words', () => expect(events([0.9, 0.9, 0.1, 0.1, 0.1, 0.9, 0.2, 0.9])).toHaveLength(1));
  it('stays as it is between the two thresholds', () => {
    expect(events([0.4, 0.4, 0.4])).toEqual([]);
    expect(events([0.9, 0.9, 0.4, 0.4, 0.4, 0.4, 0.4])).toHaveLength(1);
  });
});
