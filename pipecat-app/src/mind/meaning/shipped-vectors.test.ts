import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { innerProduct } from '../../memory/inner-product.js';
import { noAbort, realEmbedder } from '../../memory/real-embedder.fixture.js';
import { realTools } from '../../tool-parts.fixture.js';
import { approvesAll } from '../../tools/consent.fixture.js';
import { methodSentences } from '../method-meanings.js';
import { Reflex } from '../reflex/reflex.js';
import { readVectors } from '../vector-file.js';
import { WatchedFile } from '../watched-file.js';
import { parseMeaning } from './meaning-file.js';
import { plainWords, sentencesOf } from './meaning-index.js';
import { targetsOf } from './targets.js';

const prompts = (file: string): string => fileURLToPath(new URL(`../../../../prompts/${file}`, import.meta.url));
const embedder = realEmbedder();
const tools = realTools(approvesAll);
beforeAll(() => embedder.start(noAbort()));
afterAll(async () => {
  await tools.close();
  await embedder.close();
});

test('every sentence that a fresh agent compares with came with its vector: else run `npm run fit:meaning`', async () => {
  const { examples, said, talk } = new WatchedFile(prompts('meaning.json'), parseMeaning).get();
  const methods = tools.registry.list();
  const targets = targetsOf(new Reflex(prompts('commands.yaml')).commands(), methods, examples);
  const wanted = new Set([
    ...sentencesOf(targets, { said, talk: talk.map(plainWords) }),
    ...methods.flatMap(methodSentences),
  ]);
  const shipped = await readVectors(prompts('meaning-vectors.bin'), embedder.id);
  expect([...wanted].filter((sentence) => !shipped.has(sentence))).toEqual([]);
  // Those of the summarizer, which a setting switches on, are there besides.
  expect([...shipped.keys()].filter((sentence) => !wanted.has(sentence)).length).toBeLessThan(60);

  const sample = [...shipped.keys()].filter((_, i) => i % 200 === 0);
  const again = await embedder.embed(sample, noAbort());
  const nearness = sample.map((sentence, i) =>
    innerProduct(shipped.get(sentence) as Float32Array, again[i] as Float32Array),
  );
  expect(Math.min(...nearness)).toBeGreaterThan(0.995);
});
