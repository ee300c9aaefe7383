import type { Embedder } from '../memory/embedder.js';
import type { MethodListing } from '../tools/registry.js';
import type { Meanings, Near } from './tool-choice.js';

/** Longest time for some hundred sentences on an old machine. */
const PREPARE_MS = 120_000;

export type MethodMeaningsParts = {
  embedder: Pick<Embedder, 'embed' | 'health'>;
  methods: () => readonly MethodListing[];
};

/** Finds methods by the meaning of their examples and descriptions. Nothing is near until those are embedded, which begins with the first question. */
export class MethodMeanings implements Meanings {
  readonly #parts: MethodMeaningsParts;
  /** Unit vector of each sentence that was embedded. */
  readonly #vectors = new Map<string, Float32Array>();

  #preparing: Promise<void> | undefined;

  constructor(parts: MethodMeaningsParts) {
    this.#parts = parts;
  }

  /** Embeds the sentences of every method that have not been embedded yet. @throws TwinError of `Embedder.embed` */
  async prepare(signal: AbortSignal): Promise<void> {
    const sentences = new Set(this.#parts.methods().flatMap(sentencesOf));
    const missing = [...sentences].filter((sentence) => !this.#vectors.has(sentence));
    const vectors = await this.#parts.embedder.embed(missing, signal);
    missing.forEach((sentence, i) => {
      const vector = vectors[i];
      if (vector) this.#vectors.set(sentence, vector);
    });
    // Methods from outside may change their words as often as they like.
    for (const known of this.#vectors.keys()) if (!sentences.has(known)) this.#vectors.delete(known);
  }

  async nearest(text: string, signal: AbortSignal): Promise<readonly Near[]> {
    if (!this.#parts.embedder.health().ok) return [];
    // A question does not wait for sentences that are new.
    if (
      this.#parts
        .methods()
        .flatMap(sentencesOf)
        .some((sentence) => !this.#vectors.has(sentence))
    )
      this.#preparing ??= this.prepare(AbortSignal.timeout(PREPARE_MS))
        .catch(() => undefined)
        .finally(() => {
          this.#preparing = undefined;
        });
    if (this.#vectors.size === 0) return [];
    const [asked] = await this.#parts.embedder.embed([text], signal);
    if (asked === undefined) return [];
    const best = this.#parts.methods().flatMap((method) => this.#best(method, asked) ?? []);
    return best.sort((a, b) => b.score - a.score);
  }

  #best(method: MethodListing, asked: Float32Array): Near | undefined {
    let best: Near | undefined;
    for (const sentence of sentencesOf(method)) {
      const vector = this.#vectors.get(sentence);
      const score = vector ? cosine(vector, asked) : -1;
      if (vector && (best === undefined || score > best.score)) best = { call: method.name, sentence, score };
    }
    return best;
  }
}

const sentencesOf = ({ description, examples = [] }: MethodListing): string[] => [description, ...examples];

/** Of unit vectors. */
const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * (b[i] ?? 0), 0);
