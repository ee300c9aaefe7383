/** The value below which a part `q` (0 to 1) of `values` lies, between neighbours in proportion; NaN without values. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const low = sorted[Math.floor(at)] as number;
  const high = sorted[Math.ceil(at)] as number;
  return low + (high - low) * (at - Math.floor(at));
}

export type Spread = { n: number; p50: number; p95: number; max: number };

/** Rounded to tenths. */
export function spread(values: readonly number[]): Spread {
  const tenth = (v: number): number => Math.round(v * 10) / 10;
  return {
    n: values.length,
    p50: tenth(quantile(values, 0.5)),
    p95: tenth(quantile(values, 0.95)),
    max: tenth(values.length === 0 ? Number.NaN : Math.max(...values)),
  };
}
