import { existsSync } from 'node:fs';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import type { RequestListener } from 'node:http';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isAbort } from '../errors.js';
import type { Model, ModelSource } from './catalogue.js';
import { modelOf, noise, scratch, serve } from './models.fixture.js';
import { type PullOptions, pullFirst, pullModel } from './pull.js';
import { ModelStore } from './store.js';

const DATA = noise(50_000);
const WRONG = noise(50_000, 2);

/** A hub with the right file, one with wrong bytes of the right size, and one that has nothing. */
const HUB: RequestListener = (request, response) => {
  if (request.url === '/good') response.writeHead(200).end(DATA);
  else if (request.url === '/wrong') response.writeHead(200).end(WRONG);
  else response.writeHead(404).end();
};

async function setup() {
  const hub = await serve(onTestFinished, HUB);
  const dir = await scratch(onTestFinished);
  const from = (...paths: string[]): ModelSource[] => paths.map((path) => ({ type: 'hub', url: hub + path }));
  const notes: string[] = [];
  const abort = new AbortController();
  const options: PullOptions = { enginesDir: dir, signal: abort.signal, onNote: (note) => notes.push(note) };
  const store = (...models: Model[]) => new ModelStore(join(dir, 'models'), { models });
  return { from, notes, abort, options, store };
}

test('a pulled model is in place, ready, and nothing else is left in the folder', async () => {
  const { from, options, store } = await setup();
  const model = modelOf(DATA, from('/good'));
  const models = store(model);
  const path = await pullModel(models, model, options);
  expect((await readFile(path)).equals(DATA)).toBe(true);
  expect(await models.state(model)).toBe('ready');
  expect((await readdir(models.dir)).sort()).toEqual(['.small.bin.verified', 'small.bin']);
});

test('a source with wrong bytes is not taken: the next one is', async () => {
  const { from, notes, options, store } = await setup();
  const model = modelOf(DATA, from('/nothing', '/wrong', '/good'));
  const path = await pullModel(store(model), model, options);
  expect((await readFile(path)).equals(DATA)).toBe(true);
  expect(notes).toEqual([
    expect.stringContaining('answers 404'),
    expect.stringContaining('is not the model: its checksum'),
  ]);
});

test('when no source has it, one error names each and the damaged bytes are gone', async () => {
  const { from, options, store } = await setup();
  const model = modelOf(DATA, from('/nothing', '/wrong'));
  const models = store(model);
  await expect(pullModel(models, model, options)).rejects.toMatchObject({
    code: 'TWIN_MODEL_PULL',
    message: expect.stringMatching(/answers 404[\s\S]*is not the model/),
    next: expect.stringContaining(models.path(model)),
  });
  expect(await readdir(models.dir)).toEqual([]);
});

test('a damaged file that is there is replaced, a good one is left alone', async () => {
  const { from, notes, options, store } = await setup();
  const model = modelOf(DATA, from('/good'));
  const models = store(model);
  await pullModel(models, model, options);
  await writeFile(models.path(model), WRONG);
  await pullModel(models, model, options);
  expect((await readFile(models.path(model))).equals(DATA)).toBe(true);
  const gone = modelOf(DATA, from('/nothing'));
  await pullModel(models, gone, options);
  expect(notes).toEqual([]);
});

test('what an interrupted pull left is continued, and thrown away when it turns out wrong', async () => {
  const { from, options, store } = await setup();
  const model = modelOf(DATA, from('/good', '/good'));
  const models = store(model);
  await pullModel(models, model, options);
  const fresh = store(model);
  await writeFile(fresh.path(model), 'damaged');
  await writeFile(fresh.partPath(model), WRONG);
  const path = await pullModel(fresh, model, options);
  expect((await readFile(path)).equals(DATA)).toBe(true);
});

test('a disk without room is noticed before anything is fetched', async () => {
  const { from, options, store } = await setup();
  const model = modelOf(DATA, from('/good'));
  const pulling = pullModel(store(model), model, { ...options, freeBytes: async () => 1_000 });
  await expect(pulling).rejects.toThrow(/68 MB are needed, 1 MB are free/);
});

test('two pulls of the same model do not meet', async () => {
  const { from, options, store } = await setup();
  const model = modelOf(DATA, from('/good'));
  const models = store(model);
  const results = await Promise.allSettled([pullModel(models, model, options), pullModel(models, model, options)]);
  const refused = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
  expect(refused.reason).toMatchObject({ code: 'TWIN_MODEL_LOCKED' });
  expect(await models.state(model)).toBe('ready');
});

test('an abort ends the pull, gives the lock back and tries no other source', async () => {
  const { from, abort, notes, options, store } = await setup();
  const model = modelOf(DATA, from('/good', '/good'));
  const models = store(model);
  const pulling = pullModel(models, model, { ...options, onProgress: () => abort.abort() });
  await expect(pulling).rejects.toSatisfy(isAbort);
  expect(notes).toEqual([]);
  expect(existsSync(join(models.dir, '.small.bin.lock'))).toBe(false);
});

test('sources of a group that is not allowed are left out', async () => {
  const { from, options, store } = await setup();
  const model = modelOf(DATA, from('/good'));
  await expect(pullModel(store(model), model, { ...options, groups: ['registry'] })).rejects.toThrow(
    /none of its sources/,
  );
});

test('of several models the first that can be had is pulled', async () => {
  const { from, notes, options, store } = await setup();
  const best = modelOf(WRONG, from('/nothing'), { name: 'best', file: 'best.bin' });
  const second = modelOf(DATA, from('/good'));
  expect((await pullFirst(store(best, second), [best, second], options)).name).toBe('small');
  expect(notes.at(-1)).toBe('best cannot be fetched.');
  await expect(pullFirst(store(best), [best], options)).rejects.toMatchObject({ code: 'TWIN_MODEL_PULL' });
});
