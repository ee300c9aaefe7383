import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { TwinError } from '../errors.js';
import { findModel, loadCatalogue, type Model } from './catalogue.js';
import { sha256File } from './checksum.js';
import { flatImportance } from './flat-importance.js';
import { ggufTensors } from './gguf-tensors.js';
import { standInQuantize } from './llama-quantize.fixture.js';
import { llamaProgram } from './llama-tools.js';
import { modelOf, scratch } from './models.fixture.js';
import type { PullProgress } from './progress.js';
import { derivedNames, quantizeModel } from './quantize.js';
import { ModelStore } from './store.js';
import { tinyGguf } from './tiny-gguf.fixture.js';

const WEIGHTS = tinyGguf();
const PURE = { to: 'q4_0', pure: true } as const;
const REAL_PARTS = process.env.TWIN_PARTS;

let dir: string;
let enginesDir: string;
let catalogueFile: string;
let progress: PullProgress[];

beforeEach(async () => {
  const home = await scratch(onTestFinished);
  dir = join(home, 'models');
  enginesDir = join(home, 'engines');
  catalogueFile = join(home, 'models.yaml');
  progress = [];
  await mkdir(dir);
  await writeFile(join(dir, 'tiny-f16.gguf'), WEIGHTS);
  await writeCatalogue([base()]);
});
afterEach(() => vi.unstubAllEnvs());

const base = (): Model =>
  modelOf(WEIGHTS, [{ type: 'hub', url: 'http://127.0.0.1:1/none' }], {
    name: 'tiny-f16',
    file: 'tiny-f16.gguf',
    kind: 'llm',
    prompt: 'completion',
    quant: 'f16',
    ramMb: 10,
  });

async function writeCatalogue(models: Model[]): Promise<void> {
  await writeFile(
    catalogueFile,
    stringify({ models: models.map(({ ramMb, ...rest }) => ({ ...rest, ram_mb: ramMb })) }),
  );
}

async function useFake(script?: string): Promise<void> {
  vi.stubEnv('TWIN_PARTS', join(dir, '..', 'parts'));
  await standInQuantize(enginesDir, script);
}

const store = () => new ModelStore(dir, loadCatalogue(catalogueFile, dir));
const quantize = (target: Parameters<typeof quantizeModel>[2] = PURE, signal = new AbortController().signal) => {
  const here = store();
  const model = findModel(here.catalogue, 'tiny-f16');
  return quantizeModel(here, model, target, { enginesDir, signal, onProgress: (one) => progress.push(one) });
};
/** Files that a person sees, and those that would be left over. */
const left = async () => (await readdir(dir)).filter((name) => !name.endsWith('.verified')).sort();

function realIsHere(): boolean {
  try {
    return llamaProgram('/nowhere', 'llama-quantize') !== '';
  } catch {
    return false;
  }
}

const engines = [
  { name: 'the stand-in', use: () => useFake() },
  ...(realIsHere() ? [{ name: 'the real llama-quantize', use: async () => vi.stubEnv('TWIN_PARTS', REAL_PARTS) }] : []),
];

describe.each(engines)('with $name', ({ use }) => {
  beforeEach(use);

  test('the new file has an entry before the one it was made from, and is ready', async () => {
    const made = await quantize();
    expect(made).toMatchObject({ name: 'tiny-q4_0-pure', file: 'tiny-q4_0-pure.gguf', quant: 'q4_0', default: false });
    expect(made.bytes).toBeLessThan(WEIGHTS.length / 4);
    expect(made.sha256).toBe(await sha256File(join(dir, made.file)));
    const later = store();
    expect(later.catalogue.models.map(({ name }) => name)).toEqual(['tiny-q4_0-pure', 'tiny-f16']);
    expect(await later.state(findModel(later.catalogue, 'tiny-q4_0-pure'))).toBe('ready');
    expect((await later.firstUsable('llm')).model.name).toBe('tiny-q4_0-pure');
    expect(await left()).toEqual(['derived.yaml', 'tiny-f16.gguf', 'tiny-q4_0-pure.gguf']);
  });

  test('made again it has the same bytes', async () => {
    const { file, sha256 } = await quantize();
    await rm(join(dir, file));
    expect(await quantize()).toMatchObject({ file, sha256 });
    expect(await sha256File(join(dir, file))).toBe(sha256);
  });

  test('progress goes up to the end', async () => {
    await quantize();
    const steps = progress.filter(({ step }) => step === 'quantising');
    expect(steps.at(-1)?.doneBytes).toBe(steps.at(-1)?.totalBytes);
    expect(progress.map(({ step }) => step)).toContain('checksum');
  });

  test('a file that has not the checksum of the catalogue is refused and taken away', async () => {
    const { bytes } = await quantize();
    await rm(join(dir, 'derived.yaml'));
    await rm(join(dir, 'tiny-q4_0-pure.gguf'));
    const entry = { ...base(), name: 'known', file: 'known.gguf', bytes, quant: 'q4_0' as const };
    await writeCatalogue([{ ...entry, sources: [{ type: 'quantize', from: 'tiny-f16', ...PURE }] }, base()]);
    await expect(quantize()).rejects.toMatchObject({
      code: 'TWIN_MODEL_PULL',
      message: expect.stringContaining('its checksum is'),
    });
    expect(await left()).toEqual(['tiny-f16.gguf']);
  });
});

test('the tensors of a file are read from its head, and a cut head is told', async () => {
  const tensors = await ggufTensors(join(dir, 'tiny-f16.gguf'));
  expect(tensors).toHaveLength(21);
  expect(tensors[0]).toEqual({ name: 'token_embd.weight', shape: [64, 96] });
  await writeFile(join(dir, 'tiny-f16.gguf'), WEIGHTS.subarray(0, 500));
  await expect(ggufTensors(join(dir, 'tiny-f16.gguf'))).rejects.toThrow('cut short');
  await writeFile(join(dir, 'tiny-f16.gguf'), 'something else');
  await expect(ggufTensors(join(dir, 'tiny-f16.gguf'))).rejects.toMatchObject({ code: 'TWIN_MODEL_FORMAT' });
});

test('importance is the same for every column, of each expert too, and vectors have none', () => {
  const flat = flatImportance([
    { name: 'norm', shape: [4] },
    { name: 'experts', shape: [4, 2, 3] },
  ]);
  expect(flat.readInt32LE(0)).toBe(1);
  expect(flat.toString('utf8', 8, 15)).toBe('experts');
  expect([flat.readInt32LE(15), flat.readInt32LE(19), flat.length]).toEqual([1, 12, 23 + 12 * 4]);
  expect(flat.readFloatLE(flat.length - 4)).toBe(1);
});

test('a program that fails is quoted, and nothing is left over', async () => {
  await useFake('#!/bin/sh\necho half > "$6"\necho tensor is odd >&2\nexit 1\n');
  await expect(quantize()).rejects.toMatchObject({
    code: 'TWIN_TOOL_FAILED',
    message: expect.stringContaining('tensor is odd'),
  });
  expect(await left()).toEqual(['tiny-f16.gguf']);
});

test('an interrupted run leaves nothing over', async () => {
  await useFake('#!/bin/sh\necho half > "$6"\necho "[ 1/ 9]"\nexec sleep 60\n');
  const interrupt = new AbortController();
  const running = quantize(PURE, interrupt.signal);
  await vi.waitUntil(() => progress.some(({ doneBytes }) => doneBytes > 0));
  interrupt.abort();
  await expect(running).rejects.toMatchObject({ name: 'AbortError' });
  expect(await left()).toEqual(['tiny-f16.gguf']);
});

test('without the program the error says how to build it', async () => {
  vi.stubEnv('TWIN_PARTS', join(dir, 'none'));
  await expect(quantize()).rejects.toMatchObject({
    code: 'TWIN_ENGINE_MISSING',
    next: expect.stringContaining('testing/parts/parts.sh --only llama'),
  });
});

test('without the base model the error says how to fetch it', async () => {
  await rm(join(dir, 'tiny-f16.gguf'));
  await expect(quantize()).rejects.toMatchObject({ code: 'TWIN_MODEL_MISSING', next: expect.stringContaining('pull') });
});

test('the newest build of the best class that runs here is used', async () => {
  await useFake();
  for (const folder of ['llama-1.10.0-core2', 'llama-1.9.0-core2', 'llama-2.0.0-from-mars']) {
    await mkdir(join(enginesDir, folder));
    await writeFile(join(enginesDir, folder, 'llama-quantize'), '');
  }
  expect(llamaProgram(enginesDir, 'llama-quantize')).toBe(join(enginesDir, 'llama-1.10.0-core2', 'llama-quantize'));
});

test.each([
  ['gemma3-270m-q4_k_m', 'gemma-3-270m-q4_k_m.gguf', 'gemma3-270m-q4_0-pure', 'gemma-3-270m-q4_0-pure.gguf'],
  ['small', 'Small-Q8_0.gguf', 'small-q4_0-pure', 'Small-q4_0-pure.gguf'],
])('%s in %s becomes %s in %s', (name, file, newName, newFile) => {
  expect(derivedNames({ ...base(), name, file }, PURE)).toEqual({ name: newName, file: newFile });
});

test.each([
  ['the form it has', { quant: 'q4_0' as const }, { to: 'q4_0' as const, pure: false }, 'in q4_0 already'],
  ['a model of speech', { kind: 'stt' as const }, PURE, 'no language model'],
  [
    'a quantised one',
    { sources: [{ type: 'quantize' as const, from: 'other', ...PURE }] },
    { to: 'q8_0' as const, pure: false },
    'is itself quantised',
  ],
])('%s is refused in words', async (_, changes, target, words) => {
  const options = { enginesDir, signal: new AbortController().signal };
  const refused = quantizeModel(store(), { ...base(), ...changes }, target, options);
  await expect(refused).rejects.toThrow(words);
  await expect(refused).rejects.toBeInstanceOf(TwinError);
});

test('an own entry that the catalogue has meanwhile itself, or whose origin is gone, is left out', async () => {
  await useFake();
  const made = await quantize();
  await writeCatalogue([{ ...made, sha256: '0'.repeat(64) }, base()]);
  expect(findModel(store().catalogue, made.name).sha256).toBe('0'.repeat(64));
  await writeCatalogue([{ ...base(), name: 'another' }]);
  expect(store().catalogue.models.map(({ name }) => name)).toEqual(['another']);
});

test('a damaged list of own entries is told with its path', async () => {
  await writeFile(join(dir, 'derived.yaml'), 'models: [{ name: x, sources: [{ from: tiny-f16 }] }]');
  expect(store).toThrowError(
    expect.objectContaining({ code: 'TWIN_CATALOGUE', next: expect.stringContaining('derived.yaml') }),
  );
  expect(await readFile(catalogueFile, 'utf8')).toContain('tiny-f16');
});
