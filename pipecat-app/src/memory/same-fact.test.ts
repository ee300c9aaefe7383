import { readFileSync } from 'node:fs';
import { afterAll, expect, it } from 'vitest';
import { innerProduct } from './inner-product.js';
import { noAbort, realEmbedder } from './real-embedder.fixture.js';
import { compare } from './same-fact.js';
import { sameSubjects } from './same-subject.js';

const embedder = realEmbedder();
afterAll(() => embedder.close());

const pairs = readFileSync(new URL('./labelled/pairs.tsv', import.meta.url), 'utf8')
  .split('\n')
  .filter(Boolean)
  .map((line) => line.split('\t') as [string, string, string]);

it.each(pairs)('%s ↔ %s: %s', async (said, known, verdict) => {
  const [a, b] = (await embedder.embed([said, known], noAbort())) as [Float32Array, Float32Array];
  const alike = await sameSubjects(embedder, said, [{ text: known } as never], noAbort());
  expect(compare(said, known, innerProduct(a, b), alike)).toBe(verdict);
});
