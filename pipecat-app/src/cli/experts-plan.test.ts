import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { scratch } from '../models/models.fixture.js';
import { expertsCommand } from './experts.js';

const CORE2 = { ram_mb: 4096, cores: 2, class: 'core2', bandwidth_gbs: 5.2 };
let out: string;
let dir: string;

beforeEach(async () => {
  out = '';
  dir = await scratch(onTestFinished);
  vi.stubEnv('TWIN_MODELS', join(dir, 'models'));
  vi.spyOn(process.stdout, 'write').mockImplementation((chunk) => {
    out += String(chunk);
    return true;
  });
});
afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const twin = (...args: string[]) =>
  new Command('twin').addCommand(expertsCommand()).parseAsync(['experts', 'plan', ...args], { from: 'user' });

async function inventory(...nodes: object[]): Promise<string> {
  const file = join(dir, 'inventory.json');
  await writeFile(file, JSON.stringify({ nodes }));
  return file;
}

test('an old machine gets pure q4_0, and the reason why', async () => {
  await twin('--inventory', await inventory({ name: 'desk', ...CORE2 }), '--model', 'gemma3-270m-q4_k_m');
  expect(out).toMatch(/^desk +core2 +2 +4\.3 GB +5\.2 GB\/s$/m);
  expect(out).toMatch(/^gemma3-270m-q4_k_m +q4_0 pure +desk +\d+ MiB +\d+ +\d+$/m);
  expect(out).toContain('on core2 only q4_0 has a SIMD kernel');
  expect(out).toContain('twin models quantize gemma3-270m-q4_k_m --to q4_0 --pure');
  expect(process.exitCode).toBeUndefined();
});

test('no is said in words, with exit code 1', async () => {
  const small = await inventory({ name: 'desk', ...CORE2, ram_mb: 1024 });
  await twin('--inventory', small, '--model', 'qwen2.5-1.5b-instruct-q4_k_m');
  expect(out).toMatch(
    /qwen2\.5-1\.5b-instruct-q4_k_m: no\n {2}It does not fit: .* needs 1\.\d GB, the most that is free is 0\.3 GB\./,
  );
  expect(process.exitCode).toBe(1);
});

test('of the whole catalogue each model is planned alone, and one that fits is enough', async () => {
  await twin('--inventory', await inventory({ name: 'desk', ...CORE2, ram_mb: 1536 }), '--json');
  const { placed, refused } = JSON.parse(out) as { placed: { model: string }[]; refused: { model: string }[] };
  expect(placed.map(({ model }) => model)).toContain('gemma3-270m-q4_k_m');
  expect(refused.map(({ model }) => model)).toContain('qwen2.5-1.5b-instruct-q4_k_m');
  expect(process.exitCode).toBeUndefined();
});

test('models that are named share the machines', async () => {
  const file = await inventory({ name: 'a', ...CORE2 }, { name: 'b', ...CORE2 });
  await twin('--inventory', file, '--json', '--model', 'gemma3-270m-q4_k_m', 'qwen2.5-0.5b-instruct-q4_k_m');
  const { placed } = JSON.parse(out) as { placed: { shares: { node: string }[] }[] };
  expect(placed.map(({ shares }) => shares[0]?.node)).toEqual(['a', 'b']);
});

test('an entry that was quantised can be asked for by its own name', async () => {
  await twin('--inventory', await inventory({ name: 'a', ...CORE2 }), '--json', '--model', 'gemma3-270m-q4_0-pure');
  expect(JSON.parse(out)).toMatchObject({ placed: [{ entry: 'gemma3-270m-q4_0-pure', quant: 'q4_0 pure' }] });
});

test('without an inventory it is this machine, with the agent on it', async () => {
  await twin('--json');
  expect(JSON.parse(out)).toMatchObject({ nodes: [{ agent: true, bandwidthGbs: expect.any(Number) }] });
});

test.each([
  ['a file that is not there', ['--inventory', '/nowhere.yaml'], 'TWIN_INVENTORY'],
  ['an unknown model', ['--model', 'nobody'], 'TWIN_MODEL_UNKNOWN'],
  ['a context that is no number', ['--context', 'long'], 'TWIN_USAGE'],
])('%s is refused in words', async (_, args, code) => {
  await expect(twin(...args)).rejects.toMatchObject({ code, next: expect.stringMatching(/\w/) });
});
