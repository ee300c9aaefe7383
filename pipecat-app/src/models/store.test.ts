import { readFile, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { modelOf, noise, scratch } from './models.fixture.js';
import { ModelStore } from './store.js';

const DATA = noise(5_000);
const OTHER = noise(5_000, 2);
const FIRST = modelOf(DATA, [], { name: 'first', file: 'first.bin' });
const SECOND = modelOf(OTHER, [], { name: 'second', file: 'second.bin' });
const EXTRA = modelOf(noise(9), [], { name: 'extra', file: 'extra.bin', default: false });

async function setup() {
  const store = new ModelStore(await scratch(onTestFinished), { models: [EXTRA, FIRST, SECOND] });
  return { store, put: (model = FIRST, data = DATA) => writeFile(store.path(model), data) };
}

test('a file is missing, then there but unchecked, then ready', async () => {
  const { store, put } = await setup();
  expect(await store.state(FIRST)).toBe('missing');
  await put();
  expect(await store.state(FIRST)).toBe('unchecked');
  await store.verify(FIRST);
  expect(await store.state(FIRST)).toBe('ready');
});

test('a cut download is told from nothing at all', async () => {
  const { store } = await setup();
  await writeFile(store.partPath(FIRST), DATA.subarray(0, 10));
  expect(await store.state(FIRST)).toBe('partial');
});

test('a truncated file is refused in words', async () => {
  const { store, put } = await setup();
  await put();
  await truncate(store.path(FIRST), 100);
  expect(await store.state(FIRST)).toBe('wrong-size');
  await expect(store.verify(FIRST)).rejects.toMatchObject({
    code: 'TWIN_MODEL_CORRUPT',
    message: expect.stringContaining('it has 100 bytes, expected 5000'),
    next: 'Run `twin models pull first`.',
  });
});

test('a verified file that is changed is found out, even with its old time set back', async () => {
  const { store, put } = await setup();
  await put();
  await store.verify(FIRST);
  const { atime, mtime } = await stat(store.path(FIRST));
  await put(FIRST, OTHER);
  await utimes(store.path(FIRST), atime, mtime);
  await expect(store.ensure(FIRST)).rejects.toThrow(/damaged: its checksum is/);
});

test('a verified file is not read again', async () => {
  const { store, put } = await setup();
  await put();
  await store.verify(FIRST);
  // Reading would notice the abort.
  expect(await store.ensure(FIRST, AbortSignal.abort())).toBe(store.path(FIRST));
});

test('the next entry of a kind is used when the first is damaged, and the reason is told', async () => {
  const { store, put } = await setup();
  await put(FIRST, OTHER);
  await put(SECOND, OTHER);
  const { model, path, passedOver } = await store.firstUsable('stt');
  expect(model.name).toBe('second');
  expect(await readFile(path)).toEqual(OTHER);
  expect(passedOver.map(({ code }) => code)).toEqual(['TWIN_MODEL_CORRUPT']);
});

test('an entry that nobody asked for is used when it is there, and not missed when it is not', async () => {
  const { store, put } = await setup();
  await put();
  expect((await store.firstUsable('stt')).passedOver).toEqual([]);
  await put(EXTRA, noise(9));
  expect((await store.firstUsable('stt')).model.name).toBe('extra');
});

test('no usable entry at all is one error that names each', async () => {
  const { store, put } = await setup();
  await put(SECOND, DATA);
  await expect(store.firstUsable('stt')).rejects.toMatchObject({
    code: 'TWIN_MODEL_NONE',
    message: expect.stringMatching(/first is not there[\s\S]*second is damaged/),
  });
  await rm(store.path(SECOND));
  await expect(store.firstUsable('llm')).rejects.toThrow('No llm model can be used.');
});
