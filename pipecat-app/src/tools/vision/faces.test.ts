import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { noAbort } from '../../experts/real-model.fixture.js';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { facesIn } from './faces.js';
import { frameOf } from './frame.js';
import { localDescriber } from './local.js';
import { picture } from './pictures.fixture.js';

/** Photographs that come with the detector; how many faces show themselves in them was counted by eye. */
const photos = join(dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json')), 'demo');
const photo = (name: string): Promise<Buffer> => frameOf({ kind: 'file', path: join(photos, name) }, noAbort());

test.each([
  ['sample1.jpg', 3],
  ['sample5.jpg', 5],
])('the real detector counts the faces in %s', async (name, count) => {
  expect(await facesIn(await photo(name), noAbort())).toBe(count);
});

test('they are told of first, and where there is none that is told', async () => {
  const words = await localDescriber().describe(await photo('sample1.jpg'), '', noAbort());
  expect(words).toMatch(/^I see three faces\. The picture is .* cannot tell more\.$/);
  const wall = readFileSync(picture(temporaryFolder(), 'wall.jpg'));
  expect(await localDescriber().describe(wall, '', noAbort())).toMatch(/^I see no faces\. /);
});

test('a detector that takes too long is ended, and says nothing; so is one that nobody waits for', async () => {
  const wall = readFileSync(picture(temporaryFolder(), 'wall.jpg'));
  expect(await facesIn(wall, noAbort(), { timeMs: 50 })).toBeUndefined();
  const stop = new AbortController();
  const looking = facesIn(wall, stop.signal);
  stop.abort(new DOMException('over', 'AbortError'));
  await expect(looking).rejects.toMatchObject({ name: 'AbortError' });
});
