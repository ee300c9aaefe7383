import { afterAll, expect, test } from 'vitest';
import { innerProduct } from './inner-product.js';
import { MINIMUM_SCORE } from './minimum-score.js';
import { noAbort, realEmbedder } from './real-embedder.fixture.js';
import { knowsVectorsOf, relevance, speaksOfOneself } from './relevance.js';

const embedder = realEmbedder();
afterAll(() => embedder.close());

test('as near as it may be, general knowledge is about nothing that was told; a question about oneself is', async () => {
  await embedder.start(noAbort());
  expect(knowsVectorsOf(embedder.id)).toBe(true);
  const bearing = async (text: string, fact: string) => {
    const [a, b] = (await embedder.embed([text, fact], noAbort())) as [Float32Array, Float32Array];
    return { cosine: innerProduct(a, b), likely: relevance(text, a, innerProduct(a, b)) };
  };
  const general = await bearing('How do planes stay up?', 'I have never flown in an aeroplane.');
  const own = await bearing('Did I ever fly?', 'I have never flown in an aeroplane.');
  expect(general.cosine).toBeGreaterThan(0.35);
  expect(general.likely).toBeLessThan(MINIMUM_SCORE / 2);
  expect(own.likely).toBeGreaterThan(MINIMUM_SCORE);
});

test('"tell me" says nothing of the one who asks', () => {
  expect(['Tell me a joke.', 'Tell me my name.', 'Where do we live?', 'It is late.'].map(speaksOfOneself)).toEqual([
    0, 1, 1, 0,
  ]);
});
