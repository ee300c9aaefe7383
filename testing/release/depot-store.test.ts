import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ROOT } from '../bench/servers.js';

const PROGRAM = join(ROOT, 'ansible/roles/depot/files/store.py');
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twin-depot-'));
  for (const name of ['files', 'incoming', 'www']) await mkdir(join(folder, name));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const sum = (text: string): string => createHash('sha256').update(text).digest('hex');
/** A release whose files are `name` → content. */
const manifest = (id: string, files: Record<string, string>): string =>
  JSON.stringify({
    id,
    files: Object.entries(files).map(([name, text]) => ({ name, bytes: text.length, sha256: sum(text) })),
  });
const depot = (verb: string, args: string[] = [], input = '') => {
  const { status, stdout, stderr } = spawnSync('python3', [PROGRAM, verb, folder, ...args], {
    input,
    encoding: 'utf8',
  });
  return { status, out: stdout.trim().split('\n').filter(Boolean), err: stderr };
};
async function bring(name: string, text: string, checksum = sum(text)) {
  await writeFile(join(folder, 'incoming', name.replace('/', '+')), text);
  return depot('keep', [name, checksum]);
}
const www = async (): Promise<string[]> => (await readdir(join(folder, 'www'))).sort();

test('what is missing is brought once and served under its release', async () => {
  const first = manifest('one', { 'app.tar.zst': 'app', 'models/a.gguf': 'model' });
  expect(depot('missing', [], first).out).toEqual(['app.tar.zst', 'models/a.gguf']);
  await bring('app.tar.zst', 'app');
  expect(depot('missing', [], first).out).toEqual(['models/a.gguf']);
  await bring('models/a.gguf', 'model');
  expect(depot('publish', [], first).out).toEqual(['app.tar.zst', 'models/a.gguf', 'current']);
  expect(await readFile(join(folder, 'www/one/models/a.gguf'), 'utf8')).toBe('model');
  expect(depot('publish', [], first).out).toEqual([]);
});

test('a file with another checksum is refused and gone', async () => {
  expect(await bring('app.tar.zst', 'app', sum('other'))).toMatchObject({
    status: 1,
    err: expect.stringMatching(/error: TWIN_DEPOT_CHECKSUM app\.tar\.zst [\s\S]*next: /),
  });
  expect(await readdir(join(folder, 'incoming'))).toEqual([]);
});

test('the release and the one before are kept, with what only they have', async () => {
  for (const id of ['one', 'two', 'three']) {
    const release = manifest(id, { app: `app ${id}`, model: 'the same' });
    for (const name of depot('missing', [], release).out) await bring(name, name === 'app' ? `app ${id}` : 'the same');
    expect(depot('publish', [], release).status).toBe(0);
  }
  expect(await www()).toEqual(['three', 'two']);
  expect((await readdir(join(folder, 'files'))).sort()).toEqual(
    [sum('app two'), sum('app three'), sum('the same')].sort(),
  );
});

test('a file that is damaged in the depot is served anew once it was deleted there', async () => {
  const release = manifest('one', { app: 'app' });
  await bring('app', 'app');
  depot('publish', [], release);
  await writeFile(join(folder, 'www/one/app'), 'apq');
  await rm(join(folder, 'files', sum('app')));
  expect(depot('missing', [], release).out).toEqual(['app']);
  await bring('app', 'app');
  depot('publish', [], release);
  expect(await readFile(join(folder, 'www/one/app'), 'utf8')).toBe('app');
});
