import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { approvesAll } from '../consent.fixture.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import type { ToolResult } from '../tool.js';
import { sshTool } from './ssh.js';
import { type Sshd, startSshd } from './sshd.fixture.js';

let folder: string;
let sshd: Sshd;
let inventory: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'twin-ssh-'));
  sshd = await startSshd(folder);
  inventory = join(folder, 'inventory.yaml');
  const host = (name: string, port: number) =>
    `        ${name}: {ansible_host: 127.0.0.1, ansible_port: ${port}, ansible_user: ${userInfo().username}}\n`;
  writeFileSync(
    inventory,
    `all:\n  children:\n    worker_nodes:\n      hosts:\n${host('attic', sshd.port)}${host('gone', 9)}`,
  );
});
afterAll(async () => {
  await sshd.close();
  rmSync(folder, { recursive: true, force: true });
});

const knownHosts = (content: string): string => {
  const file = join(mkdtempSync(join(folder, 'known-')), 'known_hosts');
  writeFileSync(file, content);
  return file;
};

type Change = { known?: string; key?: string; maxBytes?: number };
function run(args: Record<string, unknown>, change: Change = {}, signal = new AbortController().signal) {
  const options = {
    inventory,
    key: change.key ?? sshd.key,
    knownHosts: knownHosts(change.known ?? sshd.knownHosts),
    ...(change.maxBytes === undefined ? {} : { maxBytes: change.maxBytes }),
  };
  return new ToolRegistry([sshTool(options)], { consent: approvesAll }).call('ssh.run', args, controlsOf('a'), signal);
}

describe('a command on a real machine', () => {
  test('gives what it printed', async () => {
    expect(await run({ host: 'attic', command: 'echo one; echo two >&2' })).toEqual({
      ok: true,
      output: expect.stringMatching(/^(one\ntwo|two\none)$/),
    });
  });

  test('that fails says so with its code and words', async () => {
    expect(await run({ host: 'attic', command: 'ls /nowhere/at/all; exit 7' })).toEqual({
      ok: false,
      error: 'TWIN_SSH_EXIT',
      output: expect.stringMatching(/^It ended with code 7\. .*No such file/),
    });
  });

  test('that never stops printing is ended', async () => {
    const result = await run({ host: 'attic', command: 'yes' }, { maxBytes: 100_000 });
    expect(result).toMatchObject({ ok: false, error: 'TWIN_SSH_OUTPUT' });
    expect(result.output.length).toBeLessThan(4000);
  });

  test('that is aborted ends on the machine too', async () => {
    const started = join(folder, 'started');
    const stop = new AbortController();
    const seen = fileAppears(started);
    const running = run(
      { host: 'attic', command: `echo $$ > ${started}.new; mv ${started}.new ${started}; exec sleep 300` },
      {},
      stop.signal,
    );
    await seen;
    const pid = Number(readFileSync(started, 'utf8'));
    stop.abort();
    await expect(running).rejects.toMatchObject({ name: 'AbortError' });
    await expect.poll(() => existsSync(`/proc/${pid}`), { interval: 20, timeout: 5000 }).toBe(false);
  });

  test('under a hashed name of known_hosts works as well', async () => {
    const file = knownHosts(sshd.knownHosts);
    execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
    const known = readFileSync(file, 'utf8');
    expect(known).toMatch(/^\|1\|/);
    expect((await run({ host: 'attic', command: 'echo hashed' }, { known })).output).toBe('hashed');
  });
});

const otherKey = (): string => {
  const file = join(mkdtempSync(join(folder, 'other-')), 'k');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  return file;
};
const pinnedTo = (file: string, marker = ''): string =>
  `${marker}[127.0.0.1]:${sshd.port} ${readFileSync(`${file}.pub`, 'utf8')}`;

describe('refused', () => {
  const proof = () => join(folder, `proof-${Math.random()}`);
  const cases: [string, () => Promise<ToolResult>, string, RegExp][] = [
    [
      'a machine outside of the inventory',
      () => run({ host: 'elsewhere', command: 'id' }),
      'TWIN_SSH_HOST',
      /no machine called elsewhere/,
    ],
    [
      'an address instead of a name',
      () => run({ host: '127.0.0.1', command: 'id' }),
      'TWIN_SSH_HOST',
      /no machine called/,
    ],
    [
      'a key that nobody pinned',
      () => run({ host: 'attic', command: 'id' }, { known: '' }),
      'TWIN_SSH_HOST_UNKNOWN',
      /ssh-keyscan -p \d+ 127\.0\.0\.1/,
    ],
    [
      'a key pinned for another port',
      () => run({ host: 'attic', command: 'id' }, { known: sshd.knownHosts.replace(String(sshd.port), '22') }),
      'TWIN_SSH_HOST_UNKNOWN',
      /not known/,
    ],
    [
      'a changed key',
      () => run({ host: 'attic', command: 'id' }, { known: pinnedTo(otherKey()) }),
      'TWIN_SSH_HOST_KEY',
      /another key \(SHA256:.{43}\).*in between/,
    ],
    [
      'a revoked key',
      () =>
        run(
          { host: 'attic', command: 'id' },
          { known: `${pinnedTo(join(folder, 'host'), '@revoked ')}\n${sshd.knownHosts}` },
        ),
      'TWIN_SSH_HOST_KEY',
      /another key/,
    ],
    [
      'an agent whose key is not accepted',
      () => run({ host: 'attic', command: 'id' }, { key: otherKey() }),
      'TWIN_SSH_LOGIN',
      /authorized_keys/,
    ],
    [
      'a machine that is off',
      () => run({ host: 'gone', command: 'id' }, { known: sshd.knownHosts.replace(String(sshd.port), '9') }),
      'TWIN_SSH_UNREACHABLE',
      /does not answer at 127\.0\.0\.1 port 9/,
    ],
  ];
  test.each(cases)('%s', async (_, call, error, words) => {
    expect(await call()).toEqual({ ok: false, error, output: expect.stringMatching(words) });
  });

  test.each([
    '-oProxyCommand=touch',
    'attic;touch',
    '$(touch)',
    'root@attic',
    'attic -p 1',
    '../attic',
    '',
    'a'.repeat(300),
  ])('the name %j', async (name) => {
    const file = proof();
    const result = await run({ host: `${name}${name === '' ? '' : ` ${file}`}`, command: 'id' });
    expect(result).toMatchObject({ ok: false, error: 'TWIN_TOOL_ARGS' });
    expect(existsSync(file)).toBe(false);
  });
});

test('without a key or an inventory it says how to get one', () => {
  const options = { inventory, key: join(folder, 'none'), knownHosts: '' };
  expect(sshTool(options).unavailable?.()).toMatch(/ssh-keygen -t ed25519/);
  expect(sshTool({ ...options, inventory: '/none' }).unavailable?.()).toMatch(/TWIN_INVENTORY/);
});

function fileAppears(file: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, () => {
      if (!existsSync(file)) return;
      watcher.close();
      resolve();
    });
  });
}
