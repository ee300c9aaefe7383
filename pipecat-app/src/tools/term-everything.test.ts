import { afterAll, beforeEach, expect, test } from 'vitest';
import { temporaryFolder } from '../temporary-folder.fixture.js';
import { approvesAll } from './consent.fixture.js';
import { controlsOf } from './controls.fixture.js';
import { ToolRegistry } from './registry.js';
import { DEFAULT_LIMITS } from './sandbox/limits.js';
import { Sandbox } from './sandbox/sandbox.js';
import { WorkFolders } from './sandbox/work-folders.js';
import { termEverythingTool } from './term-everything.js';
import type { Tool } from './tool.js';

const sandbox = new Sandbox(DEFAULT_LIMITS);
let tool: Tool;
let registry: ToolRegistry;
const call = async (method: string, args: Record<string, unknown> = {}, session = 'a') =>
  (await registry.call(`term_everything.${method}`, args, controlsOf(session), new AbortController().signal)).output;

beforeEach(async () => {
  await tool?.close?.();
  tool = termEverythingTool(sandbox, new WorkFolders(temporaryFolder()), 2);
  registry = new ToolRegistry([tool], { consent: approvesAll });
});
afterAll(async () => {
  await tool.close?.();
  await sandbox.close();
});

test('a program that asks a question gets its answer', async () => {
  expect(await call('open')).toBe('Terminal 1 is open.');
  expect(await call('send', { id: 1, text: 'test -t 0 && echo tty; read -p "Name? " name\n' })).toMatch(/tty\nName\?$/);
  expect(await call('send', { id: 1, text: 'Ada\necho "Hi $name"\n' })).toMatch(/^Hi Ada$/m);
  expect(await call('read', { id: 1 })).toBe('Nothing new.');
  expect(await call('close', { id: 1 })).toBe('Terminal 1 is closed.');
  expect(await call('read', { id: 1 })).toBe('There is no terminal 1. Open one first.');
});

test('Ctrl+C reaches the program, colours do not reach the reader', async () => {
  await call('open');
  await call('send', { id: 1, text: 'cat\n' });
  await call('send', { id: 1, text: '\u0003' });
  const shown = await call('send', { id: 1, text: 'printf "\\033[31mred\\033[0m\\n"\n' });
  expect(shown).toMatch(/^red$/m);
  expect(shown).not.toContain('\u001b');
});

test('there are at most so many, and one that ended makes room', async () => {
  await call('open');
  await call('open');
  expect(await call('open')).toBe('2 terminals are open already. Close one.');
  expect(await call('send', { id: 1, text: 'exit\n' })).toMatch(/This terminal has ended\.$/);
  expect(await call('open')).toBe('Terminal 3 is open.');
});

test('another conversation has no part in it', async () => {
  await call('open');
  expect(await call('send', { id: 1, text: 'ls\n' }, 'b')).toBe('There is no terminal 1. Open one first.');
});

test('only the newest of a long output is kept', async () => {
  await call('open');
  await call('send', { id: 1, text: 'seq 20000; echo the end\n' });
  const shown = await call('read', { id: 1 });
  expect(shown.length).toBeLessThanOrEqual(32_100);
});
