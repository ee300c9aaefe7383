import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLock } from './file-lock.js';

describe('a lock on a file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'twin-lock-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('lets one work at a time, each in its turn', async () => {
    let inside = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, ++inside);
      await new Promise(setImmediate);
      inside--;
    };
    await Promise.all(Array.from({ length: 4 }, () => withLock(join(folder, 'lock'), work)));
    expect(most).toBe(1);
  });

  it('is free again after a failure', async () => {
    const file = join(folder, 'lock');
    const broken = withLock(file, () => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
    expect(await withLock(file, async () => 'free')).toBe('free');
  });

  it('is not waited for any longer by one who is told to stop', async () => {
    const stop = new AbortController();
    const file = join(folder, 'lock');
    await withLock(file, async () => {
      const second = withLock(file, async () => 'never', stop.signal);
      stop.abort(new Error('stopped'));
      await expect(second).rejects.toThrow('stopped');
    });
  });
});
