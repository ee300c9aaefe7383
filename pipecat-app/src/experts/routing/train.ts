import type { WeightsFile } from './classifier.js';
import { DIMENSIONS, featuresOf } from './features.js';
import type { Labelled } from './labelled.js';
import { seeded } from './seeded.js';

export type TrainOptions = { epochs: number; rate: number; decay: number };

/** Chosen by five-fold cross-validation on the sentences to learn from; see docs/decisions/experts.md. */
export const TRAINING: TrainOptions = { epochs: 25, rate: 0.3, decay: 1e-4 };
const SEED = 7;
const LARGEST = 127;

/**
 * Learns a linear classifier by softmax regression, a sentence at a time, with steps that shrink where a weight has
 * moved much (Adagrad). The same sentences give the same weights.
 */
export function train(sentences: readonly Labelled[], options: TrainOptions = TRAINING): WeightsFile {
  const personas = [...new Set(sentences.map(({ persona }) => persona))].sort();
  const rows = personas.map(() => ({
    weights: new Float64Array(DIMENSIONS),
    moved: new Float64Array(DIMENSIONS).fill(1e-8),
    bias: 0,
  }));
  const examples = sentences.map(({ text, persona }) => {
    const places = featuresOf(text);
    return { places, share: 1 / Math.sqrt(Math.max(1, places.length)), target: personas.indexOf(persona) };
  });
  const random = seeded(SEED);
  for (let epoch = 0; epoch < options.epochs; epoch++) {
    for (let i = examples.length - 1; i > 0; i--) {
      const j = Math.floor(random() * (i + 1));
      const [a, b] = [examples[i], examples[j]];
      if (a && b) [examples[i], examples[j]] = [b, a];
    }
    for (const { places, share, target } of examples) {
      const sums = rows.map(({ weights, bias }) => places.reduce((sum, at) => sum + (weights[at] ?? 0) * share, bias));
      const top = Math.max(...sums);
      const parts = sums.map((sum) => Math.exp(sum - top));
      const all = parts.reduce((a, b) => a + b, 0);
      for (const [k, row] of rows.entries()) {
        const error = (parts[k] ?? 0) / all - (k === target ? 1 : 0);
        row.bias -= 0.01 * error;
        for (const at of places) {
          const slope = error * share + options.decay * (row.weights[at] ?? 0);
          row.moved[at] = (row.moved[at] ?? 0) + slope * slope;
          row.weights[at] = (row.weights[at] ?? 0) - (options.rate * slope) / Math.sqrt(row.moved[at] ?? 1);
        }
      }
    }
  }
  const largest = rows.reduce((most, { weights }) => weights.reduce((m, w) => Math.max(m, Math.abs(w)), most), 1e-9);
  const scale = largest / LARGEST;
  return {
    version: 1,
    dimensions: DIMENSIONS,
    scale,
    personas: rows.map(({ weights, bias }, k) => ({
      name: personas[k] ?? '',
      bias: Number(bias.toFixed(4)),
      weights: Buffer.from(Int8Array.from(weights, (w) => Math.round(w / scale)).buffer).toString('base64'),
    })),
  };
}
