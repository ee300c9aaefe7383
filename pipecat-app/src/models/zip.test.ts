import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { noise, scratch, zip } from './models.fixture.js';
import { openMember, readMember } from './zip.js';

const STORED = noise(70_000);
const PACKED = Buffer.from('packed text '.repeat(5_000));
const live = new AbortController().signal;

async function archive(data = zip({ 'a/stored.gguf': STORED, 'a/packed.txt': PACKED })) {
  const path = join(await scratch(onTestFinished), 'archive.whl');
  await writeFile(path, data);
  return path;
}

test('a stored and a deflated member come out as they went in', async () => {
  const path = await archive();
  expect((await readMember(path, 'a/stored.gguf', live)).equals(STORED)).toBe(true);
  expect((await readMember(path, 'a/packed.txt', live)).equals(PACKED)).toBe(true);
  expect((await openMember(path, 'a/packed.txt')).bytes).toBe(PACKED.length);
});

test('a member that is not there is named', async () => {
  await expect(openMember(await archive(), 'b')).rejects.toThrow('no member b');
});

test('what is no archive, or a cut one, is refused in words', async () => {
  const whole = zip({ 'a/stored.gguf': STORED });
  for (const data of [Buffer.alloc(0), noise(1_000), whole.subarray(0, -30), whole.subarray(50_000)]) {
    await expect(readMember(await archive(data), 'a/stored.gguf', live)).rejects.toMatchObject({
      code: 'TWIN_ARCHIVE',
    });
  }
});
