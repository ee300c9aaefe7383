import { describe, expect, it } from 'vitest';
import { resample, resampler } from './resample.js';

const sine = (rate: number, hz: number, seconds: number, amplitude = 12_000): Int16Array =>
  Int16Array.from({ length: Math.round(rate * seconds) }, (_, i) =>
    Math.round(amplitude * Math.sin((2 * Math.PI * hz * i) / rate)),
  );

/** Root mean square of the middle half, free of the edges. */
const level = (samples: Int16Array): number => {
  const middle = samples.subarray(samples.length >> 2, (samples.length * 3) >> 2);
  return Math.sqrt(middle.reduce((sum, s) => sum + s * s, 0) / middle.length);
};

describe('resample', () => {
  it.each([
    [44_100, 16_000],
    [48_000, 16_000],
    [8000, 16_000],
    [22_050, 16_000],
    [16_000, 24_000],
    [12_347, 16_000],
  ])('keeps a 1 kHz tone in place from %i to %i', (from, to) => {
    const out = resample(sine(from, 1000, 0.5), from, to);
    const wanted = sine(to, 1000, 0.5);
    expect(Math.abs(out.length - wanted.length)).toBeLessThanOrEqual(1);
    const error = Int16Array.from(wanted.subarray(0, out.length), (s, i) => (out[i] ?? 0) - s);
    expect(20 * Math.log10(level(error) / level(wanted))).toBeLessThan(-50);
  });

  it('removes what the lower rate cannot hold by at least 60 dB', () => {
    const loud = sine(48_000, 11_000, 0.5);
    expect(20 * Math.log10(level(resample(loud, 48_000, 16_000)) / level(loud))).toBeLessThan(-60);
  });

  it('makes the same samples whatever the pieces', () => {
    const input = sine(44_100, 700, 0.3);
    const stream = resampler(44_100, 16_000);
    const pieces: number[] = [];
    for (let at = 0, size = 1; at < input.length; at += size, size = (size * 7) % 911)
      pieces.push(...stream.push(input.subarray(at, at + size)));
    pieces.push(...stream.end());
    expect(Int16Array.from(pieces)).toEqual(resample(input, 44_100, 16_000));
  });

  it('holds full scale without wrapping', () => {
    const square = Int16Array.from({ length: 4000 }, (_, i) => (Math.floor(i / 40) % 2 === 0 ? 32_767 : -32_768));
    const out = resample(square, 44_100, 16_000);
    for (let i = 1; i < 1400; i++) expect(Math.abs((out[i] ?? 0) - (out[i - 1] ?? 0))).toBeLessThan(65_535);
    expect(Math.max(...out)).toBe(32_767);
  });

  it('returns nothing for nothing', () => {
    expect(resample(new Int16Array(0), 8000, 16_000)).toHaveLength(0);
  });
});
