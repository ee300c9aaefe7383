import { mkdtemp, readdir, readFile, rm, utimes } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PackageCache } from './package-cache.js';

describe('the cache of packages', () => {
  let folder: string;
  let cache: PackageCache;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twin-packages-'));
    cache = new PackageCache(folder);
    await cache.open();
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('gives back what it was given', async () => {
    expect(await cache.find('u')).toBeUndefined();
    expect(await cache.keep('u', Readable.from(['abc']), 3)).toBe(true);
    const found = await cache.find('u');
    expect(found?.bytes).toBe(3);
    expect(await readFile(found?.file ?? '', 'utf8')).toBe('abc');
  });

  it('keeps nothing that came in part, and leaves no trace of it', async () => {
    expect(await cache.keep('short', Readable.from(['ab']), 3)).toBe(false);
    const broken = new PassThrough();
    const keeping = cache.keep('broken', broken, undefined);
    broken.destroy(new Error('cut'));
    await expect(keeping).rejects.toThrow('cut');
    expect(await readdir(folder)).toEqual([]);
  });

  it('lets a second one wait for what is coming', async () => {
    const source = new PassThrough();
    const keeping = cache.keep('u', source, undefined);
    const waiting = cache.find('u');
    source.end('abc');
    await keeping;
    expect((await waiting)?.bytes).toBe(3);
  });

  it('drops what was not used for longest', async () => {
    for (const [index, name] of ['old', 'middle', 'new'].entries()) {
      await cache.keep(name, Readable.from(['x'.repeat(10)]), 10);
      await utimes(cache.fileOf(name), index, index);
    }
    await cache.find('old');
    await cache.trim(20);
    expect(await cache.find('middle')).toBeUndefined();
    expect(await cache.find('old')).toBeDefined();
    expect(await cache.find('new')).toBeDefined();
  });
});
