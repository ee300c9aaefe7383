import { describe, expect, it } from 'vitest';
import { quantile, spread } from './quantiles.js';

describe('quantiles', () => {
  it('lie between neighbours in proportion', () => {
    expect(quantile([4, 1, 3, 2], 0.5)).toBe(2.5);
    expect(quantile([10, 20], 0.95)).toBeCloseTo(19.5);
    expect(quantile([7], 0.95)).toBe(7);
    expect(quantile([], 0.5)).toBeNaN();
  });

  it('are summed up with the worst value', () => {
    expect(spread([1.04, 2.04, 9.99])).toEqual({ n: 3, p50: 2, p95: 9.2, max: 10 });
  });
});
