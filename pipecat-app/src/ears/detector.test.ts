import { describe, expect, it } from 'vitest';
import { Detector } from './detector.js';
import type { VadEvent, VadKnobs } from './vad.js';

const FRAME = 512;
const FRAME_MS = 32;
const KNOBS: VadKnobs = {
  threshold: 0.5,
  negThreshold: 0.35,
  minSpeechMs: 3 * FRAME_MS,
  redemptionMs: 4 * FRAME_MS,
  prerollMs: 300,
};

/** Runs one frame per probability, beginning at frame `from`; returns decisions as "type@frame". */
async function feed(detector: Detector, probabilities: readonly number[], from = 0): Promise<string[]> {
  const decisions: VadEvent[] = [];
  for (const [i, p] of probabilities.entries()) {
    const [frame, ...decided] = await detector.step((from + i) * FRAME, p);
    expect(frame).toEqual({ type: 'frame', at: (from + i + 1) * FRAME, probability: p });
    decisions.push(...decided);
  }
  return decisions.map(({ type, at }) => `${type}@${at / FRAME}`);
}

const times = (n: number, p: number): number[] => Array.from({ length: n }, () => p);

describe('a detector', () => {
  it('says where speech began and where it ended, not when that was clear', async () => {
    const heard = await feed(new Detector(FRAME, KNOBS), [0, 0, ...times(5, 0.9), ...times(6, 0)]);
    expect(heard).toEqual(['speechStarted@2', 'speechStopped@7']);
  });

  it('calls speech under the minimum a misfire', async () => {
    const heard = await feed(new Detector(FRAME, KNOBS), [0, 0.9, 0.9, ...times(4, 0)]);
    expect(heard).toEqual(['speechStarted@1', 'misfire@3']);
  });

  it('starts a segment once, whatever happens in it', async () => {
    const heard = await feed(new Detector(FRAME, KNOBS), [0.9, 0.2, 0.9, 0.4, 0.4, 0.9, 0.1, 0.1, 0.9]);
    expect(heard).toEqual(['speechStarted@0']);
  });

  it('goes on through doubt between the thresholds', async () => {
    const heard = await feed(new Detector(FRAME, KNOBS), [...times(4, 0.9), ...times(50, 0.4), ...times(4, 0.1)]);
    expect(heard).toEqual(['speechStarted@0', 'speechStopped@4']);
  });

  it('takes new knobs in the middle of a segment and keeps it', async () => {
    const detector = new Detector(FRAME, KNOBS);
    expect(await feed(detector, times(4, 0.9))).toEqual(['speechStarted@0']);
    detector.set({ ...KNOBS, redemptionMs: 2 * FRAME_MS });
    expect(await feed(detector, [0, 0], 4)).toEqual(['speechStopped@4']);
    detector.set({ ...KNOBS, threshold: 0.95 });
    expect(await feed(detector, times(5, 0.9), 6)).toEqual([]);
  });

  it('starts anew at the next speech frame after its segment was ended', async () => {
    const detector = new Detector(FRAME, KNOBS);
    await feed(detector, times(4, 0.9));
    detector.endSegment();
    expect(await feed(detector, [0.9], 4)).toEqual(['speechStarted@4']);
  });

  it('rounds times up to whole frames', async () => {
    const detector = new Detector(FRAME, { ...KNOBS, redemptionMs: FRAME_MS + 1 });
    expect(await feed(detector, [...times(4, 0.9), 0])).toEqual(['speechStarted@0']);
    expect(await feed(detector, [0], 5)).toEqual(['speechStopped@4']);
  });
});
