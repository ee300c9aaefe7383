/** One example: its features, what is true of it, and how much it counts. */
export type Example = { x: readonly number[]; y: 0 | 1; weight: number };

export type LogisticOptions = { ridge: number; steps: number; rate: number };

export const dot = (a: ArrayLike<number>, b: ArrayLike<number>): number => {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
};

/** Weights of a logistic regression with a ridge penalty, by gradient descent from zero: the same ones every time. */
export function logistic(examples: readonly Example[], { ridge, steps, rate }: LogisticOptions): number[] {
  const size = examples[0]?.x.length ?? 0;
  const all = examples.reduce((sum, { weight }) => sum + weight, 0);
  const weights = new Array<number>(size).fill(0);
  for (let step = 0; step < steps; step++) {
    const slope = weights.map((weight) => ridge * weight);
    for (const { x, y, weight } of examples) {
      const off = ((1 / (1 + Math.exp(-dot(weights, x))) - y) * weight) / all;
      for (let i = 0; i < size; i++) slope[i] = (slope[i] ?? 0) + off * (x[i] ?? 0);
    }
    for (let i = 0; i < size; i++) weights[i] = (weights[i] ?? 0) - rate * (slope[i] ?? 0);
  }
  return weights;
}
