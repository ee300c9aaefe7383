import { expect, test } from 'vitest';
import type { Embedder } from './embedder.js';
import { RecentVectors } from './recent-vectors.js';

/** Counts the texts that it was asked for, and answers when it is told to. */
function slow() {
  const asked: string[][] = [];
  const waiting: { answer(): void; fail(): void }[] = [];
  const model = { id: 'a' };
  const embedder: Embedder = {
    get id() {
      return model.id;
    },
    dimensions: 1,
    start: async () => undefined,
    embed: (texts) => {
      asked.push([...texts]);
      return new Promise((resolve, reject) =>
        waiting.push({
          answer: () => resolve(texts.map((text) => Float32Array.of(text.length))),
          fail: () => reject(new Error('It has stopped.')),
        }),
      );
    },
    health: () => ({ ok: true, detail: '' }),
    close: async () => undefined,
  };
  return { asked, waiting, model, recent: new RecentVectors(embedder) };
}
const { signal } = new AbortController();

test('two that ask for the same text at the same time share one answer, and later ones have it', async () => {
  const { asked, waiting, recent } = slow();
  const both = [recent.embed(['one'], signal), recent.embed(['one', 'three'], signal)];
  for (const each of waiting) each.answer();
  expect(await Promise.all(both)).toEqual([[Float32Array.of(3)], [Float32Array.of(3), Float32Array.of(5)]]);
  expect(await recent.embed(['three', 'one'], signal)).toEqual([Float32Array.of(5), Float32Array.of(3)]);
  expect(asked).toEqual([['one'], ['three']]);
});

test('one that gives up does not take the answer from the other', async () => {
  const { waiting, recent } = slow();
  const stop = new AbortController();
  const first = recent.embed(['one'], stop.signal);
  const second = recent.embed(['one'], signal);
  stop.abort();
  await expect(first).rejects.toThrow(/abort/i);
  waiting[0]?.answer();
  expect(await second).toEqual([Float32Array.of(3)]);
});

test('a failure is not kept; another model begins anew', async () => {
  const { asked, waiting, model, recent } = slow();
  const failing = recent.embed(['one'], signal);
  waiting[0]?.fail();
  await expect(failing).rejects.toThrow('It has stopped.');
  const again = recent.embed(['one'], signal);
  waiting[1]?.answer();
  await again;
  model.id = 'b';
  const anew = recent.embed(['one'], signal);
  waiting[2]?.answer();
  await anew;
  expect(asked).toEqual([['one'], ['one'], ['one']]);
});

test('many texts at once pass by, and old ones are forgotten', async () => {
  const { asked, waiting, recent } = slow();
  const texts = Array.from({ length: 100 }, (_, i) => `text ${i}`);
  const many = recent.embed(texts, signal);
  waiting[0]?.answer();
  expect(await many).toHaveLength(100);
  for (const [i, text] of texts.entries()) {
    const one = recent.embed([text], signal);
    waiting[i + 1]?.answer();
    await one;
  }
  const mixed = recent.embed(['text 0', 'text 99', 'text 36'], signal);
  waiting.at(-1)?.answer();
  expect(await mixed).toHaveLength(3);
  expect(asked.at(-1)).toEqual(['text 0']);
});
