import { describe, expect, it } from 'vitest';
import { MicClock } from './mic-clock.js';

describe('the microphone clock', () => {
  it('takes the least delay for the true one and goes on between frames', () => {
    let now = 1000;
    const clock = new MicClock({ now: () => now, after: () => {} });
    for (const [at, end] of [
      [1320, 320],
      [1700, 640],
      [1965, 960],
    ] as const) {
      now = at;
      clock.arrived(end);
    }
    expect(clock.now()).toBeCloseTo(1965 - 1000, -1);
    now += 160;
    expect(clock.now()).toBeCloseTo(1125, -1);
  });

  it('starts anew after the microphone was closed', () => {
    let now = 0;
    const clock = new MicClock({ now: () => now, after: () => {} });
    clock.arrived(0);
    clock.closed();
    now = 100_000;
    clock.arrived(320);
    expect(clock.now()).toBe(320);
  });
});
