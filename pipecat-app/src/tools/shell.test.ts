import { existsSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { approvesAll } from './consent.fixture.js';
import { controlsOf } from './controls.fixture.js';
import { ToolRegistry } from './registry.js';
import { DEFAULT_LIMITS } from './sandbox/limits.js';
import { Sandbox } from './sandbox/sandbox.js';
import { WorkFolders } from './sandbox/work-folders.js';
import { shellTool } from './shell.js';

const sandbox = new Sandbox({ ...DEFAULT_LIMITS, wallMs: 2000, diskBytes: 2 ** 20 });
let root: string;
let registry: ToolRegistry;
const run = (command: string, session = 'a') =>
  registry.call('shell.run', { command }, controlsOf(session), new AbortController().signal);

beforeEach(() => {
  root = join(temporaryFolder(), 'work');
  registry = new ToolRegistry([shellTool(sandbox, new WorkFolders(root))], { consent: approvesAll });
});
afterAll(() => sandbox.close());

test('a command runs as an ordinary user in /work', async () => {
  expect(await run('pwd; id -u; echo oops >&2')).toEqual({ ok: true, output: '/work\n1000\noops' });
});

test('files stay for the next command of the same conversation, and are hidden from another', async () => {
  await run('echo hello > note');
  expect(await run('cat note')).toEqual({ ok: true, output: 'hello' });
  expect(await run('cat note', '../../b')).toMatchObject({ ok: false, error: 'TWIN_SANDBOX_EXIT' });
  expect(readdirSync(root)).toHaveLength(2);
});

test('a link in the work folder leads to nothing of this machine', async () => {
  await run('true');
  const secret = join(temporaryFolder(), 'secret');
  writeFileSync(secret, 'secret');
  symlinkSync(secret, join(root, readdirSync(root)[0] ?? '', 'link'));
  expect(await run('cat link')).toMatchObject({ ok: false, output: expect.stringContaining('No such file') });
});

test.each([
  ['sleep 60', 'TWIN_SANDBOX_TIME'],
  ['exit 3', 'TWIN_SANDBOX_EXIT'],
  ['yes', 'TWIN_SANDBOX_OUTPUT'],
  ['for i in $(seq 200); do head -c 200000 /dev/zero > f$i; done; sleep 60', 'TWIN_SANDBOX_DISK'],
])('%s ends as %s', async (command, error) => {
  expect(await run(command)).toMatchObject({ ok: false, error });
});

test('a full folder can be emptied', async () => {
  await run('for i in $(seq 200); do head -c 200000 /dev/zero > f$i; done; sleep 60');
  expect(await run('rm f*; ls')).toEqual({ ok: true, output: 'It ran and printed nothing.' });
  expect(existsSync(root)).toBe(true);
});
