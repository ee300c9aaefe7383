import { afterAll, describe, expect, it } from 'vitest';
import { TwinError } from '../errors.js';
import { GgufEmbedder } from './gguf-embedder.js';
import { innerProduct } from './inner-product.js';
import { noAbort, realEmbedder } from './real-embedder.fixture.js';

const embedder = realEmbedder('one');
afterAll(() => embedder.close());

describe('the embedding model', () => {
  it('gives vectors of length 1, near each other when the sentences mean the same', async () => {
    await embedder.start(noAbort());
    expect([embedder.id, embedder.dimensions]).toEqual([expect.stringMatching(/@one$/), 384]);
    const texts = ['Where do I live?', 'My home is in Bonn.', 'Tea is brewed at 80 degrees.', ''];
    const vectors = await embedder.embed(texts, noAbort());
    for (const vector of vectors) expect(innerProduct(vector, vector)).toBeCloseTo(1, 5);
    const [question, home, tea] = vectors as [Float32Array, Float32Array, Float32Array];
    expect(innerProduct(question, home)).toBeGreaterThan(innerProduct(question, tea) + 0.2);
  });

  it('embeds a text that is far too long by its beginning', async () => {
    const [long] = await embedder.embed(['the cat sat on the mat '.repeat(500)], noAbort());
    expect(long).toHaveLength(384);
  });

  it('answers again after its process was killed', async () => {
    const { pid } = embedder;
    const call = embedder.embed(
      Array.from({ length: 64 }, (_, i) => `sentence number ${i}`),
      noAbort(),
    );
    process.kill(pid as number, 'SIGKILL');
    await expect(call).rejects.toMatchObject({ code: 'TWIN_EMBEDDER_UNAVAILABLE', retryable: true });
    expect(await embedder.embed(['again'], noAbort())).toHaveLength(1);
    expect(embedder.pid).not.toBe(pid);
  });

  it('gives up when it is told to', async () => {
    const stop = new AbortController();
    const call = embedder.embed(['a', 'b'], stop.signal);
    stop.abort();
    await expect(call).rejects.toMatchObject({ name: 'AbortError' });
    expect(await embedder.embed(['c'], noAbort())).toHaveLength(1);
  });
});

it('a model that arrives later is found by the next start', async () => {
  let there = false;
  const late = new GgufEmbedder(async () => {
    if (!there) throw new TwinError('TWIN_MODEL_NONE', 'No embedding model.', { next: 'Pull one.' });
    return { id: 'late', path: '/nowhere.gguf' };
  });
  await expect(late.start(noAbort())).rejects.toMatchObject({ code: 'TWIN_MODEL_NONE' });
  expect(late.health()).toEqual({ ok: false, detail: 'No embedding model.' });
  there = true;
  await expect(late.start(noAbort())).rejects.toThrow();
  expect(late.health().ok).toBe(false);
  await late.close();
});
