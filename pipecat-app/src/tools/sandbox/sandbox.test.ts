import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { DEFAULT_LIMITS } from './limits.js';
import { Sandbox } from './sandbox.js';

const signal = new AbortController().signal;

test('without bubblewrap nothing runs', async () => {
  const sandbox = new Sandbox(DEFAULT_LIMITS, ['/nowhere/bwrap']);
  await expect(sandbox.run(['/bin/true'], { signal })).rejects.toMatchObject({
    code: 'TWIN_SANDBOX_MISSING',
    next: 'Install it: `apt install bubblewrap`.',
  });
});

test('where the machine allows no sandbox nothing runs, and it is tried again later', async () => {
  const bwrap = join(temporaryFolder(), 'bwrap');
  writeFileSync(bwrap, '#!/bin/sh\necho "bwrap: No permissions to create new namespace" >&2\nexit 1\n');
  chmodSync(bwrap, 0o755);
  const sandbox = new Sandbox(DEFAULT_LIMITS, [bwrap]);
  expect(sandbox.unavailable()).toBeUndefined();
  const refused = { code: 'TWIN_SANDBOX_REFUSED', message: expect.stringContaining('No permissions') };
  await expect(sandbox.run(['/bin/true'], { signal })).rejects.toMatchObject(refused);
  expect(sandbox.unavailable()).toMatch(/user namespaces/);
  await expect(sandbox.run(['/bin/true'], { signal })).rejects.toMatchObject(refused);
});

test('closing stops what runs', async () => {
  const sandbox = new Sandbox(DEFAULT_LIMITS);
  const running = await sandbox.start(['/bin/sleep', '600'], { signal }, () => {});
  await sandbox.close();
  expect((await running.ended).ending).toBe('stopped');
});

test('ps in the sandbox shows no folder of this machine', async () => {
  const work = temporaryFolder();
  chmodSync(work, 0o777);
  const { stdout } = await new Sandbox(DEFAULT_LIMITS).run(['/bin/cat', '/proc/1/cmdline'], { signal, work });
  expect(stdout).toContain('--args');
  expect(stdout).not.toContain(work);
});
