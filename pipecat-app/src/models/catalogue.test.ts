import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { findModel, loadCatalogue } from './catalogue.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'catalogue-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function load(text: string) {
  const file = join(dir, 'models.yaml');
  await writeFile(file, text);
  return loadCatalogue(file);
}

const entry = (changes: Record<string, unknown> = {}) => ({
  name: 'a',
  kind: 'stt',
  file: 'a.bin',
  bytes: 3,
  sha256: '0'.repeat(64),
  license: { id: 'MIT', url: 'https://example.org/license', notice: 'Free.' },
  ram_mb: 1,
  sources: [{ type: 'hub', url: 'https://example.org/a.bin' }],
  ...changes,
});

test('the shipped catalogue has a default of each kind that the agent needs, from a registry too', () => {
  const { models } = loadCatalogue();
  for (const kind of ['stt', 'llm']) {
    const defaults = models.filter((model) => model.kind === kind && model.default);
    expect(defaults.flatMap((model) => model.sources).some(({ type }) => type !== 'hub')).toBe(true);
  }
});

test('every problem of a catalogue is told at once, by the name of the entry', async () => {
  const models = [
    entry({ sha256: 'xyz' }),
    entry({ name: 'b', file: '../b.bin', kind: 'llm' }),
    entry({ name: 'b', file: 'c.bin', bytes: -1 }),
  ];
  const attempt = load(JSON.stringify({ models }));
  await expect(attempt).rejects.toMatchObject({ code: 'TWIN_CATALOGUE' });
  for (const part of ['a.sha256', 'b.file', 'b.bytes']) await expect(attempt).rejects.toThrow(part);
});

test('two entries must not share a name or a file', async () => {
  const twice = JSON.stringify({ models: [entry(), entry()] });
  await expect(load(twice)).rejects.toThrow(/a\.name: 'a' is used twice\n.*a\.file: 'a\.bin' is used twice/);
});

test('a language model says how it is prompted, other kinds must not', async () => {
  await expect(load(JSON.stringify({ models: [entry({ kind: 'llm' })] }))).rejects.toThrow(/a\.prompt/);
  await expect(load(JSON.stringify({ models: [entry({ prompt: 'chat' })] }))).rejects.toThrow(/a\.prompt/);
});

test.each([
  ['no YAML', 'models: [', 'cannot be read'],
  ['another shape', 'models: 7', 'models: '],
])('a file with %s is refused in words', async (_, text, part) => {
  await expect(load(text)).rejects.toThrow(part);
});

test('a file that is not there is refused in words', () => {
  expect(() => loadCatalogue(join(dir, 'nowhere.yaml'))).toThrow(/cannot be read.*ENOENT/);
});

test('an unknown name is refused', () => {
  expect(() => findModel(loadCatalogue(), 'no-such-model')).toThrow(/no model named 'no-such-model'/);
});

test('what is quantised must be made from an entry that is not quantised itself', async () => {
  const llm = (name: string, from?: string) =>
    entry({
      name,
      file: `${name}.gguf`,
      kind: 'llm',
      prompt: 'chat',
      ...(from && { sources: [{ type: 'quantize', from, to: 'q4_0' }] }),
    });
  const loadAll = (...models: unknown[]) => load(JSON.stringify({ models }));
  await expect(loadAll(llm('a', 'nobody'))).rejects.toThrow(/a\.sources: there is no entry 'nobody'/);
  await expect(loadAll(llm('a', 'b'), llm('b', 'c'), llm('c'))).rejects.toThrow(/a\.sources: 'b' is quantised/);
  await expect(loadAll(llm('a', 'b'), llm('b'))).resolves.toMatchObject({ models: [{ name: 'a' }, { name: 'b' }] });
});
