import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { stringify } from 'yaml';
import { modelOf, noise, scratch, serve } from '../models/models.fixture.js';
import { modelsCommand } from './models.js';

const DATA = noise(2_000_000);
let out: string;
let err: string;
let catalogue: string;
let requests: number;

beforeEach(async () => {
  out = err = '';
  requests = 0;
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += String(chunk);
    return true;
  });
  vi.spyOn(process.stderr, 'write').mockImplementation((chunk) => {
    err += String(chunk);
    return true;
  });
  const dir = await scratch(onTestFinished);
  vi.stubEnv('TWIN_MODELS', join(dir, 'models'));
  vi.stubEnv('TWIN_ENGINES', join(dir, 'engines'));
  vi.stubEnv('TWIN_MODEL_SOURCES', undefined);
  const hub = await serve(onTestFinished, (request, response) => {
    requests++;
    if (request.url === '/good') response.writeHead(200).end(DATA);
    else response.writeHead(404).end();
  });
  const [best, small] = [
    modelOf(noise(9), [{ type: 'hub', url: `${hub}/nothing` }], { name: 'best', file: 'best.bin' }),
    modelOf(DATA, [{ type: 'hub', url: `${hub}/good` }]),
  ].map(({ ramMb, ...model }) => ({ ...model, ram_mb: ramMb }));
  catalogue = join(dir, 'models.yaml');
  await writeFile(catalogue, stringify({ models: [best, small] }));
});
afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const twin = (...args: string[]) =>
  new Command('twin')
    .addCommand(modelsCommand())
    .parseAsync(['models', ...args, '--catalogue', catalogue], { from: 'user' });

test('the default that can be had is pulled with its license shown, then listed as ready', async () => {
  await twin('pull', '--defaults', '--yes');
  expect(err).toContain('small (2 MB), license MIT: Free to use.');
  expect(err).toContain('best cannot be fetched.');
  expect(err).toContain('small is ready (2 MB).');
  await twin('list');
  expect(out).toMatch(/^best\* +stt +missing +1 MB +MIT$/m);
  expect(out).toMatch(/^small\* +stt +ready +2 MB +MIT$/m);
});

test('a second pull asks no server', async () => {
  await twin('pull', 'small', '--yes');
  const before = requests;
  await twin('pull', '--defaults');
  expect(requests).toBe(before);
});

test('without --yes a script is refused before anything is fetched', async () => {
  await expect(twin('pull', 'small')).rejects.toMatchObject({
    code: 'TWIN_LICENSE',
    next: expect.stringContaining('--yes'),
  });
  expect(requests).toBe(0);
});

test('--dry-run only names what would be fetched', async () => {
  await twin('pull', '--defaults', '--dry-run');
  expect(out).toBe('best\nsmall\n');
  expect(requests).toBe(0);
});

test('JSON output is one value on standard output and nothing else', async () => {
  await twin('pull', 'small', '--yes', '-o', 'json');
  expect(JSON.parse(out)).toMatchObject([
    { name: 'small', bytes: DATA.length, path: expect.stringMatching(/small\.bin$/) },
  ]);
  out = '';
  await twin('list', '-o', 'json');
  expect(JSON.parse(out)).toMatchObject([
    { name: 'best', state: 'missing' },
    { name: 'small', state: 'ready' },
  ]);
});

test('verify finds the damaged file and says how to mend it', async () => {
  await twin('pull', 'small', '--yes');
  await twin('verify');
  expect(out).toBe('small: the checksum is right.\n');
  await writeFile(join(process.env.TWIN_MODELS ?? '', 'small.bin'), noise(2_000_000, 2));
  await twin('verify');
  expect(out).toMatch(/small is damaged: its checksum is .* Run `twin models pull small`\./);
  expect(process.exitCode).toBe(1);
});

test('one model that cannot be had does not keep the others away', async () => {
  await expect(twin('pull', '--all', '--yes')).rejects.toMatchObject({ code: 'TWIN_MODEL_PULL' });
  expect(err).toContain('small is ready');
});

test.each([
  ['neither names nor --all nor --defaults', ['pull'], 'Say which models'],
  ['an unknown name', ['pull', 'nobody'], "no model named 'nobody'"],
  ['an unknown group of sources', ['pull', 'small', '--sources', 'elsewhere'], "'elsewhere' is no group"],
])('%s is refused in words', async (_, args, words) => {
  await expect(twin(...args)).rejects.toThrow(words);
});

test('sources can be limited by the environment', async () => {
  vi.stubEnv('TWIN_MODEL_SOURCES', 'registry');
  await expect(twin('pull', 'small', '--yes')).rejects.toThrow('none of its sources is allowed');
  expect(requests).toBe(0);
});
