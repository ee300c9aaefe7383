import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { approvesAll } from './consent.fixture.js';
import { controlsOf } from './controls.fixture.js';
import { gitTool } from './git.js';
import { ToolRegistry } from './registry.js';

let area: string;
let source: string;
let registry: ToolRegistry;
const call = (method: string, args: Record<string, unknown>) =>
  registry.call(`git.${method}`, args, controlsOf('a'), new AbortController().signal);
const output = async (method: string, args: Record<string, unknown>) => (await call(method, args)).output;
const git = (folder: string, ...args: string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  });

beforeEach(() => {
  area = join(temporaryFolder(), 'git');
  source = join(area, 'source.git');
  const first = join(area, 'first');
  mkdirSync(first, { recursive: true });
  git(first, 'init', '-q', '-b', 'main');
  writeFileSync(join(first, 'a.txt'), 'a\n');
  git(first, 'add', '.');
  git(first, 'commit', '-q', '-m', 'first');
  git(area, 'clone', '-q', '--bare', first, source);
  registry = new ToolRegistry([gitTool({ area, allowFiles: true })], { consent: approvesAll });
});

test('clone, change, branch, commit and push reach the source', async () => {
  expect(await output('clone', { url: source, name: 'demo' })).toBe('demo is cloned.');
  expect(await output('status', { name: 'demo' })).toBe('On branch main. Nothing has changed.');
  git(join(area, 'demo'), 'config', 'user.email', 't@t');
  git(join(area, 'demo'), 'config', 'user.name', 't');
  writeFileSync(join(area, 'demo', 'a.txt'), 'b\n');
  expect(await output('status', { name: 'demo' })).toBe('On branch main. Changed: a.txt.');
  expect(await output('diff', { name: 'demo' })).toContain('+b');
  expect(await output('branch', { name: 'demo', branch: 'fix' })).toBe('On branch fix.');
  expect(await output('commit', { name: 'demo', message: 'a is b' })).toMatch(/^Committed as [0-9a-f]{7,8}\.$/);
  expect(await output('log', { name: 'demo', count: 1 })).toMatch(/^[0-9a-f]{8} \d{4}-\d\d-\d\d t: a is b$/);
  expect(await output('push', { name: 'demo' })).toBe('Pushed fix.');
  expect(git(source, 'log', '-1', '--format=%s', 'fix')).toBe('a is b\n');
});

test('hooks of a repository do not run', async () => {
  await call('clone', { url: source, name: 'demo' });
  const mark = join(area, 'ran');
  const hook = join(area, 'demo', '.git', 'hooks', 'pre-push');
  mkdirSync(join(area, 'demo', '.git', 'hooks'), { recursive: true });
  writeFileSync(hook, `#!/bin/sh\ntouch ${mark}\n`);
  chmodSync(hook, 0o755);
  expect(await output('push', { name: 'demo' })).toBe('Pushed main.');
  expect(existsSync(mark)).toBe(false);
});

test.each([
  'ext::sh -c touch% ran',
  'file:///etc',
  '/etc',
  '../first',
  'http://127.0.0.1/x',
  'git://127.0.0.1/x',
  '--upload-pack=touch ran',
  '-u',
  'ssh://-oProxyCommand=touch/x',
  'git@-oProxyCommand=touch:x',
  'fd::17',
])('%s is not cloned', async (url) => {
  expect(await call('clone', { url, name: 'demo' })).toMatchObject({ ok: false, error: 'TWIN_GIT_ADDRESS' });
});

test.each(['../x', '.git', 'a/b', '-x', '', '/etc'])('%j is no name', async (name) => {
  expect(await call('status', { name })).toMatchObject({ ok: false, error: 'TWIN_TOOL_ARGS' });
});

test('a link out of the work area is not followed', async () => {
  const outside = join(temporaryFolder(), 'outside');
  mkdirSync(outside);
  git(outside, 'init', '-q');
  symlinkSync(outside, join(area, 'link'));
  expect(await call('status', { name: 'link' })).toMatchObject({ ok: false, error: 'TWIN_GIT_ADDRESS' });
});

test('an address of this machine is refused unless tests allow it', async () => {
  registry = new ToolRegistry([gitTool({ area })], { consent: approvesAll });
  expect(await call('clone', { url: source, name: 'demo' })).toMatchObject({ ok: false, error: 'TWIN_GIT_ADDRESS' });
});

test('what git says about a failure is said without the password', async () => {
  const answer = await call('clone', { url: 'https://user:secret@127.0.0.1:1/x', name: 'demo' });
  expect(answer).toMatchObject({ ok: false, error: 'TWIN_GIT_FAILED' });
  expect(answer.output).not.toContain('secret');
});
