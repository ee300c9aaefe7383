import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from './pcm.js';
import { endOfSound, PcmRing } from './pcm-ring.js';

describe('a ring of audio', () => {
  it('returns what was pushed, as far as it still has it', () => {
    fc.assert(
      fc.property(
        fc.array(fc.int16Array({ maxLength: 900 }), { maxLength: 12 }),
        fc.nat(4000),
        fc.nat(4000),
        (pieces, from, to) => {
          const ring = new PcmRing(0.1);
          for (const piece of pieces) ring.push(piece);
          const all = concat(pieces);
          const oldest = Math.max(0, all.length - 1600);
          expect(ring.end).toBe(all.length);
          expect([...ring.slice(from, to)]).toEqual([
            ...all.subarray(Math.max(from, oldest), Math.max(to, from, oldest)),
          ]);
        },
      ),
    );
  });

  it('finds the end of a sound to 5 ms', () => {
    const ring = new PcmRing(2);
    const tone = (n: number, amplitude: number): Int16Array =>
      Int16Array.from({ length: n }, (_, i) => amplitude * (i % 2 ? 1 : -1));
    ring.push(tone(8000, 20));
    ring.push(tone(8000, 6000));
    ring.push(tone(8000, 20));
    expect(Math.abs(endOfSound(ring, 16_800) - 16_000)).toBeLessThanOrEqual(80);
  });
});
