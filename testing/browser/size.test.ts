import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';

const SITE = fileURLToPath(new URL('../../pipecat-app/web/dist/site/', import.meta.url));
const LIMIT_BYTES = 100 * 1024;

it('the whole page, worklet included, is at most 100 KB of gzip', async () => {
  const files = (await readdir(SITE, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());
  let bytes = 0;
  for (const { parentPath, name } of files) bytes += gzipSync(await readFile(join(parentPath, name))).length;
  console.log(`page: ${(bytes / 1024).toFixed(1)} KB gzip in ${files.length} files`);
  expect(files.length).toBeGreaterThanOrEqual(4);
  expect(bytes).toBeLessThanOrEqual(LIMIT_BYTES);
});
