import { expect, test } from 'vitest';
import { integralWh } from './power-meter.js';

const HOUR = 3_600_000;

test('an hour at 40 W, one at 60 W, and an hour of sleep between them, with one look missing', () => {
  const samples = [0, 0.25, 0.75].map((at) => ({ at: at * HOUR, watts: 40 }));
  const after = [2, 2.5].map((at) => ({ at: at * HOUR + 500, watts: 60 }));
  const naps = [{ from: HOUR, until: 2 * HOUR }];
  expect(integralWh([...samples, ...after], { from: 0, to: 3 * HOUR, naps, suspended: 3 })).toBeCloseTo(103, 1);
  expect(integralWh([...samples, ...after], { from: HOUR / 2, to: HOUR, naps, suspended: 3 })).toBeCloseTo(20, 3);
});
