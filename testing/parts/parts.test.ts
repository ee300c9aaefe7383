import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { ROOT } from '../bench/servers.js';
import { llamaBuild, part, partsFolder } from './parts.js';

const run = promisify(execFile);
const script = join(ROOT, 'testing', 'parts', 'parts.sh');
let empty: string;

beforeAll(async () => {
  empty = await mkdtemp(join(tmpdir(), 'parts-test-'));
});
afterAll(() => rm(empty, { recursive: true }));

it('a part that was never built is missing with the command that builds it', () => {
  vi.stubEnv('TWIN_PARTS', empty);
  try {
    expect(() => part('nomad')).toThrow(
      expect.objectContaining({
        code: 'TWIN_PART_MISSING',
        message: expect.stringMatching(/nomad-\d+\.\d+\.\d+\/nomad/),
        next: 'Build it: testing/parts/parts.sh --only nomad',
      }),
    );
    expect(() => part('llama-bench', 'core2')).toThrow(
      expect.objectContaining({
        message: expect.stringContaining(`llama-${llamaBuild()}-core2/llama-bench`),
        next: 'Build it: testing/parts/parts.sh --only llama --class core2',
      }),
    );
  } finally {
    vi.unstubAllEnvs();
  }
});

it('the folder is TWIN_PARTS, else below the cache of this user', () => {
  expect(partsFolder({ TWIN_PARTS: '/a' })).toBe('/a');
  expect(partsFolder({ XDG_CACHE_HOME: '/b' })).toBe('/b/twin/parts');
});

it.each([
  [['--only', 'docker'], 2, "no part is named 'docker'"],
  [['--class', 'avx'], 2, 'unknown class avx'],
  [['--jobs', '0'], 2, '--jobs must be'],
  [['--check', '--only', 'consul'], 1, 'Run testing/parts/parts.sh'],
])('parts.sh %j ends with %i and says why', async (args, code, words) => {
  const failure = await run(script, args, { env: { ...process.env, TWIN_PARTS: empty } }).catch((error) => error);
  expect(failure).toMatchObject({ code, stderr: expect.stringContaining(words) });
});

it('an archive needs its checksum, and one with another checksum is not installed', async () => {
  const env = { ...process.env, TWIN_PARTS: empty, TWIN_NOMAD_ARCHIVE: script };
  const bare = await run(script, ['--only', 'nomad'], { env }).catch((error) => error);
  expect(bare).toMatchObject({ code: 2, stderr: expect.stringContaining('TWIN_NOMAD_SHA256') });
  const wrong = await run(script, ['--only', 'nomad'], { env: { ...env, TWIN_NOMAD_SHA256: '00' } }).catch((e) => e);
  expect(wrong).toMatchObject({ code: 1, stderr: expect.stringContaining('expected 00') });
});
