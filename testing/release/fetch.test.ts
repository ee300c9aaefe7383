import { execFileSync, spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { until } from '../cluster/until.js';
import { FileServer } from './file-server.fixture.js';

const SCRIPT = join(ROOT, 'ansible/roles/depot/files/fetch.sh');
const DATA = randomBytes(3_000_000);
const sum = (data: Buffer): string => createHash('sha256').update(data).digest('hex');

let folder: string;
let server: FileServer;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twin-fetch-'));
  server = new FileServer();
  await server.start();
});
afterEach(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const at = (name: string): string => join(folder, name);
/** In a process group of its own, as a killed node takes all of its processes with it. */
const start = (...args: string[]) => spawn('sh', [SCRIPT, ...args], { detached: true });

async function fetch(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  const child = start(...args);
  let [out, err] = ['', ''];
  child.stdout.on('data', (data) => (out += data));
  child.stderr.on('data', (data) => (err += data));
  const [code] = (await once(child, 'close')) as [number];
  return { code, out, err };
}
const file = (data = DATA, name = 'small.bin') =>
  ['file', server.url(`/${name}`), sum(data), String(data.length), at(name)] as const;

describe('a file', () => {
  test('comes whole, once, and the agent takes it as checked', async () => {
    server.put('/small.bin', DATA);
    expect(await fetch(...file())).toEqual({ code: 0, out: 'fetched\n', err: '' });
    expect(DATA.equals(await readFile(at('small.bin')))).toBe(true);
    expect(await fetch(...file())).toEqual({ code: 0, out: '', err: '' });
    expect(server.asked).toHaveLength(1);
    const license = { id: 'MIT', url: 'https://example.org', notice: 'Free.' };
    const model = {
      ...{ name: 'small', kind: 'stt' as const, file: 'small.bin', bytes: DATA.length, sha256: sum(DATA), license },
      ...{ ramMb: 1, default: true, sources: [] },
    };
    expect(await new ModelStore(folder, { models: [model] }).state(model)).toBe('ready');
  });

  test('goes on after the fetch was killed, and is never seen half', async () => {
    server.put('/small.bin', DATA);
    server.holdAfter = 2_000_000;
    const held = server.held();
    const child = start(...file());
    await held;
    const part = at(`.fetch-${sum(DATA)}`);
    await until('The bytes', async () => ((await stat(part).catch(() => undefined))?.size ?? 0) >= 1_900_000);
    process.kill(-(child.pid as number), 'SIGKILL');
    await once(child, 'close');
    expect(await readdir(folder)).not.toContain('small.bin');

    server.holdAfter = undefined;
    expect(await fetch(...file())).toMatchObject({ code: 0, out: 'fetched\n' });
    expect(DATA.equals(await readFile(at('small.bin')))).toBe(true);
    const [first, second] = server.asked;
    expect(first?.from).toBe(0);
    expect(second?.from).toBeGreaterThanOrEqual(1_900_000);
    expect(second?.sent).toBe(DATA.length - (second?.from ?? 0));
  });

  test('with other content is thrown away and named', async () => {
    const other = Buffer.from(DATA);
    other[1000] = (other[1000] ?? 0) ^ 1;
    server.put('/small.bin', other);
    const { code, err } = await fetch(...file());
    expect(code).toBe(1);
    expect(err).toMatch(/^error: TWIN_FETCH_CHECKSUM .*small\.bin has the checksum .*\nnext: {2}.*/m);
    expect((await readdir(folder)).filter((name) => name !== '.fetch.lock')).toEqual([]);
    server.put('/small.bin', DATA);
    expect(await fetch(...file())).toMatchObject({ code: 0, out: 'fetched\n' });
  });

  test('that changed on the disk is fetched again', async () => {
    server.put('/small.bin', DATA);
    await fetch(...file());
    await writeFile(at('other'), DATA.subarray(1));
    await rm(at('small.bin'));
    await writeFile(at('small.bin'), DATA.subarray(1));
    expect(await fetch(...file())).toMatchObject({ code: 0, out: 'fetched\n' });
    expect(DATA.equals(await readFile(at('small.bin')))).toBe(true);
  });

  test('that came another way is only looked at', async () => {
    await writeFile(at('small.bin'), DATA);
    expect(await fetch(...file())).toMatchObject({ code: 0, out: 'sealed\n' });
    expect(server.asked).toEqual([]);
  });

  test('that the server has not got, or a server that is off, is said with what to do', async () => {
    const { code, err } = await fetch(...file());
    expect(code).toBe(1);
    expect(err).toMatch(/error: TWIN_FETCH_CUT .*0 of 3000000 bytes[\s\S]*next: {2}.*twin-depot/);
  });
});

describe('an archive', () => {
  /** An archive with one folder, in it the file `name`. */
  async function archive(name: string): Promise<Buffer> {
    await mkdir(at('made/top'), { recursive: true });
    await writeFile(at(`made/top/${name}`), name);
    execFileSync('tar', ['--zstd', '-cf', at('made.tar.zst'), '-C', at('made'), `top/${name}`]);
    return readFile(at('made.tar.zst'));
  }
  const unpack = (data: Buffer, into: string) =>
    fetch('unpack', server.url('/a.tar.zst'), sum(data), String(data.length), at(into), at('link'));

  test('becomes a folder, once', async () => {
    const data = await archive('one');
    server.put('/a.tar.zst', data);
    expect(await unpack(data, 'there')).toEqual({ code: 0, out: 'unpacked\nswitched\n', err: '' });
    expect(await readFile(at('link/one'), 'utf8')).toBe('one');
    expect(await readFile(at('there/one'), 'utf8')).toBe('one');
    expect(await unpack(data, 'there')).toEqual({ code: 0, out: '', err: '' });
    expect((await readdir(folder)).filter((name) => /^\.(fetch-|unpack)/.test(name))).toEqual([]);
  });

  test('that is none leaves no folder', async () => {
    const data = Buffer.from('no archive');
    server.put('/a.tar.zst', data);
    expect(await unpack(data, 'there')).toMatchObject({
      code: 1,
      err: expect.stringContaining('TWIN_FETCH_UNPACK'),
    });
    expect(await readdir(folder)).not.toContain('there');
  });

  test('moves the link on; of the folders behind it the new one and the last one stay', async () => {
    for (const name of ['link-1', 'link-2', 'linked-1']) await mkdir(at(name));
    await symlink(at('link-2'), at('link'));
    const data = await archive('three');
    server.put('/a.tar.zst', data);
    expect(await unpack(data, 'link-3')).toEqual({ code: 0, out: 'unpacked\nswitched\n', err: '' });
    expect(await readlink(at('link'))).toBe(at('link-3'));
    expect((await readdir(folder)).filter((name) => name.startsWith('link')).sort()).toEqual([
      ...['link', 'link-2', 'link-3', 'linked-1'],
    ]);
    expect(await unpack(data, 'link-3')).toEqual({ code: 0, out: '', err: '' });
    // Another release may have named another folder since then.
    await symlink(at('link-2'), at('link.other'));
    execFileSync('mv', ['-T', at('link.other'), at('link')]);
    expect(await unpack(data, 'link-3')).toEqual({ code: 0, out: 'switched\n', err: '' });
    expect(await readlink(at('link'))).toBe(at('link-3'));
  });
});
