import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import { DIMENSIONS, featuresOf } from './features.js';

/**
 * The file of learned weights: one row of `DIMENSIONS` signed bytes per persona, in base64, each worth `scale`; and one
 * number per persona that is added to its row.
 */
const file = z.strictObject({
  version: z.literal(1),
  dimensions: z.literal(DIMENSIONS),
  scale: z.number().positive(),
  personas: z.array(z.strictObject({ name: z.string(), bias: z.number(), weights: z.base64() })).min(2),
});
export type WeightsFile = z.infer<typeof file>;

export type Guess = {
  persona: string;
  /** 0 to 1; those of all personas make 1. */
  confidence: number;
};

/** A linear classifier of questions: which persona each is for. */
export class Classifier {
  readonly personas: readonly string[];
  readonly #rows: readonly { bias: number; weights: Int8Array }[];
  readonly #scale: number;

  /** @throws Error for weights of another length */
  constructor({ personas, scale }: WeightsFile) {
    this.personas = personas.map(({ name }) => name);
    this.#scale = scale;
    this.#rows = personas.map(({ name, bias, weights }) => {
      const bytes = Buffer.from(weights, 'base64');
      if (bytes.length !== DIMENSIONS) throw new Error(`${name} has ${bytes.length} weights instead of ${DIMENSIONS}`);
      return { bias, weights: new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length) };
    });
  }

  /** @throws TwinError `TWIN_ROUTING_FILE` */
  static read(path: string): Classifier {
    try {
      return new Classifier(file.parse(JSON.parse(readFileSync(path, 'utf8'))));
    } catch (cause) {
      throw new TwinError('TWIN_ROUTING_FILE', `${path} cannot be used, so that only rules choose experts.`, {
        next: 'Make it again: node testing/dist/bench/routing-train.js.',
        cause,
      });
    }
  }

  /** Best guess first. */
  classify(text: string): Guess[] {
    const places = featuresOf(text);
    const share = this.#scale / Math.sqrt(Math.max(1, places.length));
    const sums = this.#rows.map(({ bias, weights }) => {
      let sum = 0;
      for (const place of places) sum += weights[place] ?? 0;
      return bias + sum * share;
    });
    const top = Math.max(...sums);
    const parts = sums.map((sum) => Math.exp(sum - top));
    const all = parts.reduce((a, b) => a + b, 0);
    return this.personas
      .map((persona, i) => ({ persona, confidence: (parts[i] ?? 0) / all }))
      .sort((a, b) => b.confidence - a.confidence);
  }
}
