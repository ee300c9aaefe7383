import type { Embedder } from '../memory/embedder.js';
import { innerProduct } from '../memory/inner-product.js';
import type { MethodListing } from '../tools/registry.js';
import { SentenceVectors } from './sentence-vectors.js';
import type { Meanings, Near } from './tool-choice.js';

export type MethodMeaningsParts = {
  embedder: Pick<Embedder, 'embed' | 'health'>;
  methods: () => readonly MethodListing[];
  /** Shared with others that compare the same sentences. */
  vectors?: SentenceVectors;
};

/** Finds methods by the meaning of their examples and descriptions. Nothing is near until those are embedded, which begins with the first question. */
export class MethodMeanings implements Meanings {
  readonly #parts: MethodMeaningsParts;
  readonly #vectors: SentenceVectors;

  constructor(parts: MethodMeaningsParts) {
    this.#parts = parts;
    this.#vectors = parts.vectors ?? new SentenceVectors(parts.embedder);
  }

  /** Embeds the sentences of every method that have not been embedded yet. @throws TwinError of `Embedder.embed` */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.#vectors.prepare(this.#parts.methods().flatMap(methodSentences), signal);
  }

  async nearest(text: string, signal: AbortSignal): Promise<readonly Near[]> {
    if (!this.#parts.embedder.health().ok) return [];
    const methods = this.#parts.methods();
    // A question does not wait for sentences that are new.
    const sentences = methods.flatMap(methodSentences);
    if (sentences.some((sentence) => this.#vectors.get(sentence) === undefined))
      this.#vectors.prepareSoon(() => sentences);
    if (methods.every(({ description }) => this.#vectors.get(description) === undefined)) return [];
    const [asked] = await this.#parts.embedder.embed([text], signal);
    if (asked === undefined) return [];
    const best = methods.flatMap((method) => this.#best(method, asked) ?? []);
    return best.sort((a, b) => b.score - a.score);
  }

  #best(method: MethodListing, asked: Float32Array): Near | undefined {
    let best: Near | undefined;
    for (const sentence of methodSentences(method)) {
      const vector = this.#vectors.get(sentence);
      const score = vector ? innerProduct(vector, asked) : -1;
      if (vector && (best === undefined || score > best.score)) best = { call: method.name, sentence, score };
    }
    return best;
  }
}

/** What a method is compared by. */
export const methodSentences = ({ description, examples = [] }: MethodListing): string[] => [description, ...examples];
