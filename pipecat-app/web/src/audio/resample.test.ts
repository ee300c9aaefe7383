import { describe, expect, it } from 'vitest';
import { loudness } from './rate.js';
import { Resampler } from './resample.js';

const tone = (hz: number, rate: number, seconds: number) =>
  Float32Array.from({ length: rate * seconds }, (_, i) => 0.5 * Math.sin((2 * Math.PI * hz * i) / rate));
const db = (a: number, b: number) => 20 * Math.log10(a / b);
/** The middle of a signal, past the filter's first and last taps. */
const middle = (samples: Float32Array) => samples.subarray(2000, samples.length - 2000);

describe.each([
  [48_000, 16_000],
  [44_100, 16_000],
  [16_000, 48_000],
  [16_000, 44_100],
])('resampling %i to %i', (from, to) => {
  it('gives the right number of samples', () => {
    expect(new Resampler(from, to).push(tone(440, from, 1)).length).toBe(to);
  });

  it('keeps the level of a voice within 0.1 dB', () => {
    for (const hz of [100, 440, 3000, 6000]) {
      const out = middle(new Resampler(from, to).push(tone(hz, from, 1)));
      expect(Math.abs(db(loudness(out), 0.5 / Math.SQRT2))).toBeLessThan(0.1);
    }
  });

  it('gives the same samples however the input is cut', () => {
    const input = tone(440, from, 0.2);
    const whole = new Resampler(from, to).push(input);
    const pieces = new Resampler(from, to);
    const cut: number[] = [];
    for (let at = 0, step = 1; at < input.length; at += step, step = (step * 7) % 129 || 1) {
      cut.push(...pieces.push(input.subarray(at, Math.min(at + step, input.length))));
    }
    expect(cut).toEqual(Array.from(whole));
  });
});

it('keeps what lies above the wire band out of it by 60 dB', () => {
  for (const hz of [9000, 12_000, 20_000]) {
    const out = middle(new Resampler(48_000, 16_000).push(tone(hz, 48_000, 1)));
    expect(db(loudness(out), 0.5 / Math.SQRT2)).toBeLessThan(-60);
  }
});
