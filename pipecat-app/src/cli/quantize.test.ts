import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { standInQuantize } from '../models/llama-quantize.fixture.js';
import { modelOf, scratch } from '../models/models.fixture.js';
import { tinyGguf } from '../models/tiny-gguf.fixture.js';
import { modelsCommand } from './models.js';

let out: string;
let err: string;
let dir: string;

beforeEach(async () => {
  out = err = '';
  const take = (add: (text: string) => void) => (chunk: unknown) => {
    add(String(chunk));
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(take((text) => (out += text)));
  vi.spyOn(process.stderr, 'write').mockImplementation(take((text) => (err += text)));
  dir = await scratch(onTestFinished);
  vi.stubEnv('TWIN_MODELS', join(dir, 'models'));
  vi.stubEnv('TWIN_ENGINES', join(dir, 'engines'));
  vi.stubEnv('TWIN_PARTS', join(dir, 'parts'));
  const weights = tinyGguf();
  const { ramMb, ...tiny } = modelOf(weights, [{ type: 'hub', url: 'http://127.0.0.1:1/none' }], {
    name: 'tiny-f16',
    file: 'tiny-f16.gguf',
    kind: 'llm',
    prompt: 'chat',
    quant: 'f16',
  });
  await mkdir(join(dir, 'models'));
  await writeFile(join(dir, 'models', 'tiny-f16.gguf'), weights);
  await writeFile(join(dir, 'models.yaml'), stringify({ models: [{ ...tiny, ram_mb: ramMb }] }));
});
afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const twin = (...args: string[]) =>
  new Command('twin')
    .addCommand(modelsCommand())
    .parseAsync(['models', ...args, '--catalogue', join(dir, 'models.yaml')], { from: 'user' });

test('a model is quantised, listed as ready, and verified', async () => {
  await standInQuantize(join(dir, 'engines'));
  await twin('quantize', 'tiny-f16', '--to', 'q4_0', '--pure');
  expect(err).toMatch(
    /tiny-f16: quantising .*tiny-f16: checksum .*tiny-q4_0-pure is ready \(1 MB, tiny-f16 has 1 MB\)\./s,
  );
  await twin('list');
  expect(out).toMatch(/^tiny-q4_0-pure +llm +ready +1 MB +MIT$/m);
  await twin('verify', 'tiny-q4_0-pure');
  expect(out).toContain('tiny-q4_0-pure: the checksum is right.');
});

test('JSON output is the new entry and nothing else', async () => {
  await standInQuantize(join(dir, 'engines'));
  await twin('quantize', 'tiny-f16', '--to', 'q4_0', '--pure', '-o', 'json');
  expect(JSON.parse(out)).toMatchObject([
    { name: 'tiny-q4_0-pure', bytes: 4000, path: expect.stringMatching(/gguf$/) },
  ]);
  expect(err).toBe('');
});

test('without llama.cpp the next step is named', async () => {
  await expect(twin('quantize', 'tiny-f16', '--to', 'q4_0')).rejects.toMatchObject({
    code: 'TWIN_ENGINE_MISSING',
    next: expect.stringContaining('parts.sh --only llama'),
  });
});
