/** One vector and the class that it belongs to. */
export type Sample = { vector: Float32Array; of: number };

/** Scores of every class for a vector: about 1 for its own class, about 0 for another. */
export type Scorer = (vector: Float32Array) => Float64Array;

/**
 * Weighted ridge regression from vectors to classes, with a constant: a class of few examples counts as much as one of many.
 * `strength` keeps the weights small.
 */
export function ridge(samples: readonly Sample[], classes: number, strength: number): Scorer {
  const width = (samples[0]?.vector.length ?? 0) + 1;
  const counts = new Float64Array(classes);
  for (const { of } of samples) counts[of] = (counts[of] ?? 0) + 1;
  const gram = new Float64Array(width * width);
  const sums = new Float64Array(width * classes);
  const x = new Float64Array(width);
  for (const { vector, of } of samples) {
    const weight = 1 / Math.sqrt(counts[of] ?? 1);
    x.set(vector);
    x[width - 1] = 1;
    for (let i = 0; i < width; i++) {
      const scaled = weight * (x[i] as number);
      sums[i * classes + of] = (sums[i * classes + of] as number) + scaled;
      for (let j = 0; j <= i; j++) gram[i * width + j] = (gram[i * width + j] as number) + scaled * (x[j] as number);
    }
  }
  for (let i = 0; i < width; i++) gram[i * width + i] = (gram[i * width + i] as number) + strength;
  solve(gram, sums, width, classes);
  return (vector) => {
    const out = new Float64Array(classes);
    for (let i = 0; i < width; i++) {
      const value = i === width - 1 ? 1 : (vector[i] as number);
      for (let k = 0; k < classes; k++) out[k] = (out[k] as number) + value * (sums[i * classes + k] as number);
    }
    return out;
  };
}

/** Solves `gram · w = right` for each column in place, by Cholesky; `gram` holds the lower half of a positive matrix. */
function solve(gram: Float64Array, right: Float64Array, width: number, columns: number): void {
  const at = (i: number, j: number): number => gram[i * width + j] as number;
  for (let j = 0; j < width; j++) {
    for (let i = j; i < width; i++) {
      let sum = at(i, j);
      for (let k = 0; k < j; k++) sum -= at(i, k) * at(j, k);
      gram[i * width + j] = i === j ? Math.sqrt(sum) : sum / at(j, j);
    }
  }
  const row = (i: number): Float64Array => right.subarray(i * columns, (i + 1) * columns);
  const subtract = (to: Float64Array, from: Float64Array, times: number): void => {
    for (let k = 0; k < columns; k++) to[k] = (to[k] as number) - times * (from[k] as number);
  };
  const divide = (one: Float64Array, by: number): void => {
    for (let k = 0; k < columns; k++) one[k] = (one[k] as number) / by;
  };
  for (let i = 0; i < width; i++) {
    for (let k = 0; k < i; k++) subtract(row(i), row(k), at(i, k));
    divide(row(i), at(i, i));
  }
  for (let i = width - 1; i >= 0; i--) {
    for (let k = i + 1; k < width; k++) subtract(row(i), row(k), at(k, i));
    divide(row(i), at(i, i));
  }
}
