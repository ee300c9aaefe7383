import { expect, test } from 'vitest';
import { loadCatalogue, type Model } from '../models/catalogue.js';
import { modelOf, noise } from '../models/models.fixture.js';
import { planModels } from './plan-models.js';

const SHAPE = { layers: 2, hidden: 256, vocab: 1000, params: 2_000_000, tied: true, kvTokenBytes: 4096 };
const llm = (name: string, changes: Partial<Model> = {}): Model =>
  modelOf(noise(9), [{ type: 'hub', url: 'http://127.0.0.1/x' }], {
    name,
    file: `${name}.gguf`,
    kind: 'llm',
    prompt: 'chat',
    quant: 'q4_k_m',
    shape: SHAPE,
    ...changes,
  });
const made = (from: string, to: 'q4_0' | 'q8_0', pure: boolean): Model =>
  llm(`${from}-${to}`, { quant: to, sources: [{ type: 'quantize', from, to, pure }] });

test('a model can always be had in pure q4_0 and in q8_0, with the command that makes it', () => {
  const [one, ...others] = planModels([llm('small-q4_k_m')]);
  expect(others).toEqual([]);
  expect(one?.files).toMatchObject([
    { entry: 'small-q4_k_m', quant: 'q4_k_m', pure: false },
    {
      entry: 'small-q4_0-pure',
      quant: 'q4_0',
      pure: true,
      make: 'twin models quantize small-q4_k_m --to q4_0 --pure',
    },
    { entry: 'small-q8_0', quant: 'q8_0', pure: false, make: 'twin models quantize small-q4_k_m --to q8_0' },
  ]);
  // 2 million weights of 4.5 bits
  expect(one?.files[1]?.bytes).toBeCloseTo(1_136_250, -2);
});

test('entries that were quantised from a model are its files, and no models of their own', () => {
  const models = planModels([made('small', 'q4_0', true), llm('small')]);
  expect(models.map(({ name }) => name)).toEqual(['small']);
  expect(models[0]?.files.map(({ entry }) => entry)).toEqual(['small', 'small-q4_0', 'small-q8_0']);
});

test('a finer form of something coarse is not counted as better', () => {
  const [one] = planModels([llm('small'), made('small', 'q8_0', false)]);
  expect(one?.files[1]?.loss).toBe(one?.files[0]?.loss);
});

test('models without shape, and what is no language model, are left out', () => {
  expect(planModels([modelOf(noise(9), []), llm('small', { shape: undefined } as Partial<Model>)])).toEqual([]);
});

test('of the catalogue that we ship every language model can be planned', () => {
  const { models } = loadCatalogue();
  const bases = models.filter(({ kind, sources }) => kind === 'llm' && sources[0]?.type !== 'quantize');
  expect(planModels(models).map(({ name }) => name)).toEqual(bases.map(({ name }) => name));
});
