import { expect, test } from 'vitest';
import { dot, logistic } from './logistic.js';

test('tells apart what a line divides, and forgets what tells nothing', () => {
  const examples = [-2, -1, 1, 2].flatMap((at) =>
    [-1, 1].map((noise) => ({ x: [1, at, noise], y: at > 0 ? (1 as const) : (0 as const), weight: 1 })),
  );
  const weights = logistic(examples, { ridge: 0.001, steps: 2000, rate: 0.5 });
  for (const { x, y } of examples) expect(dot(weights, x) > 0).toBe(y === 1);
  expect(Math.abs(weights[2] ?? 1)).toBeLessThan(0.01);
});
