/** One case: features in order, and whether it is right. */
export type Case = { x: readonly number[]; right: boolean };
export type Learned = { bias: number; weights: number[] };

const ROUNDS = 3000;
const RATE = 0.5;

/** Logistic regression by gradient descent on standardised features; `l2` holds the weights small. */
export function learn(cases: readonly Case[], l2: number): Learned {
  const width = cases[0]?.x.length ?? 0;
  const columns = Array.from({ length: width }, (_, k) => cases.map(({ x }) => x[k] ?? 0));
  const means = columns.map((column) => column.reduce((a, b) => a + b, 0) / cases.length);
  const scales = columns.map((column, k) => {
    const spread = column.reduce((sum, value) => sum + (value - (means[k] ?? 0)) ** 2, 0) / cases.length;
    return Math.sqrt(spread) || 1;
  });
  const rows = cases.map(({ x }) => x.map((value, k) => (value - (means[k] ?? 0)) / (scales[k] ?? 1)));
  const weights = new Array<number>(width).fill(0);
  let bias = 0;
  for (let round = 0; round < ROUNDS; round++) {
    const gradient = weights.map((weight) => l2 * weight);
    let ofBias = 0;
    for (const [i, row] of rows.entries()) {
      const sum = row.reduce((total, value, k) => total + value * (weights[k] ?? 0), bias);
      const off = (1 / (1 + Math.exp(-sum)) - Number(cases[i]?.right)) / rows.length;
      ofBias += off;
      for (const [k, value] of row.entries()) gradient[k] = (gradient[k] ?? 0) + off * value;
    }
    bias -= RATE * ofBias;
    for (const [k, value] of gradient.entries()) weights[k] = (weights[k] ?? 0) - RATE * value;
  }
  const raw = weights.map((weight, k) => weight / (scales[k] ?? 1));
  return { weights: raw, bias: bias - raw.reduce((sum, weight, k) => sum + weight * (means[k] ?? 0), 0) };
}

export const probabilityOf = ({ bias, weights }: Learned, x: readonly number[]): number =>
  1 / (1 + Math.exp(-x.reduce((sum, value, k) => sum + value * (weights[k] ?? 0), bias)));
