import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../voice/pcm.js';
import { FrameCutter } from './frame-cutter.js';

const FRAME = 8;
const ramp = (length: number): Int16Array => Int16Array.from({ length }, (_, i) => i);

describe('a frame cutter', () => {
  it('gives the same frames however the audio is cut', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 30 })), fc.nat({ max: 1000 }), (lengths, begin) => {
        const cutter = new FrameCutter(FRAME);
        const total = lengths.reduce((sum, n) => sum + n, 0);
        const samples = ramp(total);
        let at = 0;
        let expected = begin;
        const out = lengths.flatMap((length) => {
          const frames = cutter.push({ at: begin + at, samples: samples.subarray(at, at + length) });
          at += length;
          if (frames === undefined) return [];
          expect(frames.at).toBe(expected);
          expected += frames.samples.length;
          return [frames.samples];
        });
        expect(concat(out)).toEqual(samples.subarray(0, total - (total % FRAME)));
      }),
    );
  });

  it('begins a new frame after a gap', () => {
    const cutter = new FrameCutter(FRAME);
    expect(cutter.push({ at: 0, samples: ramp(5) })).toBeUndefined();
    expect(cutter.push({ at: 100, samples: ramp(8) })).toEqual({ at: 100, samples: ramp(8) });
  });
});
