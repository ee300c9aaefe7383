import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { withLock } from './lock.js';
import { scratch } from './models.fixture.js';

const newLock = async () => join(await scratch(onTestFinished), '.lock');
const deadPid = () => spawnSync('true').pid;

test('while one holds the lock another is refused and told who has it', async () => {
  const path = await newLock();
  await withLock(path, 'The model', async () => {
    await expect(withLock(path, 'The model', async () => 0)).rejects.toMatchObject({
      code: 'TWIN_MODEL_LOCKED',
      message: `The model is being pulled by another process (${process.pid}).`,
      retryable: true,
    });
  });
});

test('the lock is given back when the work is done and when it throws', async () => {
  const path = await newLock();
  await expect(withLock(path, 'x', () => Promise.reject(new Error('work failed')))).rejects.toThrow('work failed');
  expect(existsSync(path)).toBe(false);
  expect(await withLock(path, 'x', async () => 7)).toBe(7);
  expect(existsSync(path)).toBe(false);
});

test.each([
  ['a process that has died', () => `${deadPid()}\n`],
  ['nobody', () => ''],
])('the lock of %s is taken over, and nothing is left behind', async (_, content) => {
  const path = await newLock();
  await writeFile(path, content());
  expect(await withLock(path, 'x', async () => 7)).toBe(7);
  expect(await readdir(join(path, '..'))).toEqual([]);
});

test('of many that find a dead lock only one at a time works', async () => {
  const path = await newLock();
  await writeFile(path, `${deadPid()}\n`);
  let inside = 0;
  let most = 0;
  const work = async () => {
    most = Math.max(most, ++inside);
    await new Promise(setImmediate);
    inside--;
  };
  const results = await Promise.allSettled(Array.from({ length: 8 }, () => withLock(path, 'x', work)));
  expect(most).toBe(1);
  expect(results.some(({ status }) => status === 'fulfilled')).toBe(true);
});
