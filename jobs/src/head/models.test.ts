import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isDegraded, obstacle } from './models.js';
import { headSettings } from './settings.fixture.js';

const signal = new AbortController().signal;
const sha256 = createHash('sha256').update('GGUF').digest('hex');
const another = createHash('sha256').update('GGML').digest('hex');

describe('what speaks against a model', () => {
  let modelsDir: string;
  beforeAll(async () => {
    modelsDir = await mkdtemp(join(tmpdir(), 'models-test-'));
    await writeFile(join(modelsDir, 'small.gguf'), 'GGUF');
  });
  afterAll(() => rm(modelsDir, { recursive: true }));

  const why = (model: object, settings: object = {}, workers = 0): Promise<string | undefined> =>
    obstacle(
      { name: 'small', file: 'small.gguf', ...model },
      headSettings({ modelsDir, ...settings }),
      workers,
      signal,
    );

  it('nothing, when the file is there and right', async () => {
    expect(await why({})).toBeUndefined();
    expect(await why({ sha256 })).toBeUndefined();
    expect(await why({ sha256: sha256.toUpperCase() })).toBeUndefined();
  });

  it('a file that is missing, or is a folder', async () => {
    expect(await why({ file: 'large.gguf' })).toContain('there is no file');
    expect(await why({ file: '.' })).toContain('there is no file');
  });

  it('a checksum that differs', async () => {
    expect(await why({ sha256: another })).toContain(`expected ${another}`);
  });

  it('more memory than the head and its workers have together', async () => {
    expect(await why({ min_ram_mb: 6000 }, {}, 1)).toBe('it needs 6000 MB of memory, and the job has 5000 MB');
    expect(await why({ min_ram_mb: 6000 }, {}, 2)).toBeUndefined();
    expect(await why({ min_ram_mb: 6000 }, { memoryMb: 0 })).toBeUndefined();
  });
});

it('a model is degraded when it is not the first, or is marked as a way out', () => {
  const first = { name: 'a', file: 'a' };
  const second = { name: 'b', file: 'b' };
  expect(isDegraded([first, second], first)).toBe(false);
  expect(isDegraded([first, second], second)).toBe(true);
  const wayOut = { ...first, fallback: true };
  expect(isDegraded([wayOut], wayOut)).toBe(true);
});
