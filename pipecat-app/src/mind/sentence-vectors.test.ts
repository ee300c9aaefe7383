import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { SentenceVectors } from './sentence-vectors.js';
import { readVectors, writeVectors } from './vector-file.js';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'twin-vectors-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const { signal } = new AbortController();

/** Counts the texts that it embeds. */
function counting(id = 'one') {
  const asked: string[] = [];
  const embed = async (texts: readonly string[]): Promise<Float32Array[]> => {
    asked.push(...texts);
    return texts.map((text) => Float32Array.of(text.length, id.length, 0.25));
  };
  return { asked, embedder: { id, embed, health: () => ({ ok: true, detail: '' }) } };
}

test('what was embedded once is there after a restart, and only new sentences are embedded', async () => {
  const file = join(folder, 'vectors.bin');
  const first = counting();
  await new SentenceVectors(first.embedder, file).prepare(['a', 'bc'], signal);
  const second = counting();
  const again = new SentenceVectors(second.embedder, file);
  await again.prepare(['bc', 'a', 'def'], signal);
  expect(second.asked).toEqual(['def']);
  expect(again.get('bc')).toEqual(Float32Array.of(2, 3, 0.25));
  const third = counting();
  await new SentenceVectors(third.embedder, file).prepare(['def', 'a'], signal);
  expect(third.asked).toEqual([]);
});

test('vectors of another embedder are not used', async () => {
  const file = join(folder, 'vectors.bin');
  await new SentenceVectors(counting().embedder, file).prepare(['a'], signal);
  const other = counting('other');
  const vectors = new SentenceVectors(other.embedder, file);
  await vectors.prepare(['a'], signal);
  expect(other.asked).toEqual(['a']);
  expect(vectors.get('a')).toEqual(Float32Array.of(1, 5, 0.25));
});

test.each([
  ['one byte of it changed', (bytes: Buffer) => bytes.with(bytes.length - 1, (bytes.at(-1) ?? 0) ^ 1)],
  ['it was cut', (bytes: Buffer) => bytes.subarray(0, bytes.length - 3)],
  ['it is something else', () => Buffer.from('{}\n')],
])('a file is embedded again when %s', async (_, damage) => {
  const file = join(folder, 'vectors.bin');
  await new SentenceVectors(counting().embedder, file).prepare(['a', 'bc'], signal);
  writeFileSync(file, damage(readFileSync(file)));
  const again = counting();
  await new SentenceVectors(again.embedder, file).prepare(['a', 'bc'], signal);
  expect(again.asked).toEqual(['a', 'bc']);
});

test('where nothing can be written, the vectors are there all the same', async () => {
  const { embedder } = counting();
  const vectors = new SentenceVectors(embedder, join(folder, 'no\0name'));
  await vectors.prepare(['a'], signal);
  expect(vectors.get('a')).toBeDefined();
});

test('vectors that came with the program are not embedded and not written again, and only those of its embedder are used', async () => {
  const [shipped, file] = [join(folder, 'shipped.bin'), join(folder, 'vectors.bin')];
  await writeVectors(shipped, 'one', new Map([['a', Float32Array.of(1, 0, 0)]]), 'bytes');
  const { asked, embedder } = counting();
  const vectors = new SentenceVectors(embedder, file, shipped);
  await vectors.prepare(['a', 'bc'], signal);
  expect(asked).toEqual(['bc']);
  expect(vectors.get('a')).toEqual(Float32Array.of(1, 0, 0));
  expect([...(await readVectors(file, 'one')).keys()]).toEqual(['bc']);
  const other = counting('other');
  await new SentenceVectors(other.embedder, undefined, shipped).prepare(['a', 'bc'], signal);
  expect(other.asked).toEqual(['a', 'bc']);
});
