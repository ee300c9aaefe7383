import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { concat } from '../voice/pcm.js';
import { SilenceTrim } from './trim-silence.js';

/** Trims `samples` given in pieces that end at `cuts`. */
function trimmed(samples: number[], lead: number, tail: number, cuts: number[] = []): number[] {
  const trim = new SilenceTrim(lead, tail);
  const edges = [0, ...cuts.filter((cut) => cut <= samples.length).sort((a, b) => a - b), samples.length];
  const pieces = edges.slice(1).map((end, i) => trim.push(Int16Array.from(samples.slice(edges[i], end))));
  return [...concat([...pieces, trim.flush()])];
}

describe('silence around speech', () => {
  it('is cut to what is asked for', () => {
    expect(trimmed([0, 0, 0, 900, 0, 0, 0], 1, 2)).toEqual([0, 900, 0, 0]);
  });

  it('is filled up at the end, never at the beginning', () => {
    expect(trimmed([0, 900, 7], 5, 3)).toEqual([0, 900, 7, 0, 0]);
  });

  it('stays whole between sounds', () => {
    expect(trimmed([900, 0, 0, 0, 0, -900], 1, 0)).toEqual([900, 0, 0, 0, 0, -900]);
  });

  it('is all cut when nothing is said', () => {
    expect(trimmed([0, 5, -3, 0], 2, 2)).toEqual([]);
  });

  it('is cut the same however the stream is cut into pieces', () => {
    const sample = fc.constantFrom(0, 0, 0, 20, -32, 33, -900);
    const samples = fc.array(sample, { maxLength: 40 });
    const size = fc.nat(6);
    fc.assert(
      fc.property(samples, size, size, fc.array(fc.nat(40), { maxLength: 8 }), (all, lead, tail, cuts) => {
        expect(trimmed(all, lead, tail, cuts)).toEqual(trimmed(all, lead, tail));
      }),
    );
  });

  it('does not delay speech', () => {
    const trim = new SilenceTrim(1, 1);
    expect([...trim.push(Int16Array.from([0, 0, 900, 901, 902]))]).toEqual([0, 900, 901, 902]);
  });
});
