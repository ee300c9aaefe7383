import { once } from 'node:events';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { ATTEMPTS, SUCCEEDS } from './escapes.fixture.js';
import { Sandbox } from './sandbox.js';

const LIMITS = {
  wallMs: 5000,
  memoryBytes: 256 * 2 ** 20,
  processes: 32,
  outputBytes: 64 * 1024,
  diskBytes: 8 * 2 ** 20,
};
const MARK = `twin-escape-${process.pid}`;
const ABSTRACT = `${MARK}-socket`;

const sandbox = new Sandbox(LIMITS);
const server = createServer((socket) => socket.destroy());
const abstract = createServer((socket) => socket.destroy());
const delay = monitorEventLoopDelay({ resolution: 1 });

beforeAll(async () => {
  process.env.TWIN_ESCAPE_SECRET = 'secret';
  server.listen(0, '127.0.0.1');
  abstract.listen(`\0${ABSTRACT}`);
  await Promise.all([once(server, 'listening'), once(abstract, 'listening')]);
});
afterAll(async () => {
  delete process.env.TWIN_ESCAPE_SECRET;
  server.close();
  abstract.close();
  await sandbox.close();
});

/** Processes of this machine that an attempt left behind. */
const leftBehind = (): string[] =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(MARK);
    } catch {
      return false;
    }
  });

test('what the attempts look for is there, outside of the sandbox', async () => {
  const port = (server.address() as AddressInfo).port;
  const both = [connect(port, '127.0.0.1'), connect(`\0${ABSTRACT}`)];
  await Promise.all(both.map((to) => once(to, 'connect')));
  for (const to of both) to.destroy();
});

test('an attempt that succeeds is noticed', async () => {
  const command = ['/usr/bin/python3', '-I', '-B', '-', MARK, '1', '1', '/x', ABSTRACT];
  const ran = await sandbox.run(command, { input: SUCCEEDS.code, signal: new AbortController().signal });
  expect(ran.stdout).toContain('ESCAPED');
});

test.for(ATTEMPTS)('cannot $name', async ({ code, limit }, { annotate }) => {
  const secret = join(temporaryFolder(), 'secret');
  writeFileSync(secret, 'secret');
  const port = (server.address() as AddressInfo).port;
  let answers = 0;
  const clock = setInterval(() => answers++, 5);
  delay.reset();
  delay.enable();
  const limits = limit === 'time' ? { wallMs: 800 } : {};
  const ran = await sandbox.run(
    ['/usr/bin/python3', '-I', '-B', '-', MARK, String(process.pid), String(port), secret, ABSTRACT],
    { input: code, signal: new AbortController().signal, limits },
  );
  delay.disable();
  clearInterval(clock);
  await annotate(`longest delay of the event loop: ${(delay.max / 1e6).toFixed(1)} ms`);
  expect(ran.stdout).not.toContain('ESCAPED');
  if (limit === undefined)
    expect(ran).toMatchObject({ ending: 'exit', code: 0, stdout: expect.stringMatching(/tried\n$/) });
  else expect(ran.ending).toBe(limit);
  expect(answers).toBeGreaterThan(0);
  await expect.poll(leftBehind).toEqual([]);
  expect(readFileSync(secret, 'utf8')).toBe('secret');
});
