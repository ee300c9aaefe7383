import { chmod, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { nodesCommand } from './nodes.js';

afterEach(() => {
  process.exitCode = undefined;
});

test.each([
  [[], ''],
  [['--minutes', '5'], '--minutes 5'],
  [['--list'], '--list'],
  [['--revoke', 'abc'], '--revoke abc'],
])('twin nodes token %j asks the script, and ends as it does', async (args, asked) => {
  const folder = temporaryFolder();
  const script = join(folder, 'token.sh');
  await writeFile(script, `#!/bin/sh\necho "$*" >'${folder}/asked'\nexit 3\n`);
  await chmod(script, 0o755);
  await nodesCommand(script).parseAsync(['token', ...args], { from: 'user' });
  expect([(await readFile(join(folder, 'asked'), 'utf8')).trim(), process.exitCode]).toEqual([asked, 3]);
});

test('without a clone it says where tokens are made', async () => {
  await expect(nodesCommand('/nowhere/token.sh').parseAsync(['token'], { from: 'user' })).rejects.toMatchObject({
    code: 'TWIN_NODES_TOKEN',
    next: expect.stringContaining('sudo scripts/join-token.sh'),
  });
});
