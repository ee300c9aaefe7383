import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, it } from 'vitest';
import { z } from 'zod';
import type { TwinError } from './errors.js';
import { StateFile } from './state-file.js';
import { temporaryFolder } from './temporary-folder.fixture.js';

let home: string;
let path: string;
let problems: string[];
beforeEach(() => {
  home = temporaryFolder();
  path = join(home, 'new', 'count.json');
  problems = [];
});

const open = (file = path) =>
  new StateFile(file, z.object({ n: z.number() }), ({ code, message }: TwinError) =>
    problems.push(`${code} ${message.replaceAll(home, '')}`),
  );

it('keeps the newest value for its owner alone, and leaves no other file behind', async () => {
  const file = open();
  expect(await file.load()).toBeUndefined();
  for (let n = 0; n < 20; n++) file.save({ n });
  await file.saved();
  expect(await open().load()).toEqual({ n: 19 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(join(home, 'new')).mode & 0o777).toBe(0o700);
  expect(readdirSync(join(home, 'new'))).toEqual(['count.json']);
  expect(problems).toEqual([]);
});

it.each(['', '{"n":', 'null', '{"n":"my secret"}', 'my secret'])('sets a damaged file aside: %s', async (text) => {
  mkdirSync(join(home, 'new'));
  writeFileSync(path, text);
  const file = open();
  expect(await file.load()).toBeUndefined();
  expect(readFileSync(`${path}.damaged`, 'utf8')).toBe(text);
  expect(problems).toEqual(['TWIN_STATE_FILE /new/count.json is damaged.']);
  file.save({ n: 1 });
  await file.saved();
  expect(await open().load()).toEqual({ n: 1 });
});

it('says why it can neither read nor write, and goes on', async () => {
  writeFileSync(join(home, 'new'), 'a file where a folder should be');
  const file = open();
  expect(await file.load()).toBeUndefined();
  file.save({ n: 1 });
  await file.saved();
  expect(problems).toEqual([
    'TWIN_STATE_FILE /new/count.json cannot be read (ENOTDIR).',
    'TWIN_STATE_FILE /new/count.json cannot be written (EEXIST).',
  ]);
});

it('removes what it kept, also what was about to be written', async () => {
  const file = open();
  file.save({ n: 1 });
  file.save({ n: 2 });
  await file.remove();
  expect(readdirSync(join(home, 'new'))).toEqual([]);
  expect(problems).toEqual([]);
});
