import { chmodSync, writeFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../temporary-folder.fixture.js';
import { readMcpConfig } from './config.js';
import { demoHome } from './demo-home.fixture.js';

const problemOf = (file: string): { code: string; message: string; next: string } => {
  try {
    readMcpConfig(file);
  } catch (error) {
    return error as { code: string; message: string; next: string };
  }
  throw new Error('It was taken.');
};

test('the shape of other clients is taken, and what is left out has a value', () => {
  const home = demoHome(temporaryFolder());
  home.configure({ files: { command: 'x', env: { A: 'b' } }, 'my-wiki': { type: 'http', url: 'http://wiki/mcp' } });
  expect(readMcpConfig(home.file)).toEqual([
    { name: 'files', command: 'x', args: [], env: { A: 'b' }, allow: [], disabled: false, timeout: 60_000 },
    { name: 'my-wiki', type: 'http', url: 'http://wiki/mcp', headers: {}, allow: [], disabled: false, timeout: 60_000 },
  ]);
  expect(readMcpConfig(`${home.file}.none`)).toEqual([]);
});

test('every problem is told at once', () => {
  const home = demoHome(temporaryFolder());
  home.configure({
    '1st': { command: 'x' },
    a: { comand: 'x' },
    b: { url: 'file:///etc/passwd' },
    c: { command: 'x', timeout: 1, allow: 'all' },
    d: [],
    e: { url: 'http://x', type: 'sse' },
  });
  const { code, message, next } = problemOf(home.file);
  expect(code).toBe('TWIN_MCP_CONFIG');
  for (const part of ['"1st"', 'a.command', 'comand', 'b.url', 'c.timeout', 'c.allow', '\n  d: ', 'e.type'])
    expect(message).toContain(part);
  expect(next).toContain('Correct it');
});

test.each(['', '{', '[]', '{"servers": {}}'])('%j is refused without quoting it', (text) => {
  const home = demoHome(temporaryFolder());
  writeFileSync(home.file, text);
  expect(problemOf(home.file).code).toBe('TWIN_MCP_CONFIG');
});

test('secrets that others can read are refused with the command that helps; without secrets nobody minds', () => {
  const home = demoHome(temporaryFolder());
  for (const secret of [
    { command: 'x', env: { TOKEN: 'abc' } },
    { url: 'http://x', headers: { A: 'b' } },
  ]) {
    home.configure({ s: secret });
    chmodSync(home.file, 0o640);
    expect(problemOf(home.file)).toMatchObject({ code: 'TWIN_MCP_CONFIG_OPEN', next: `Run: chmod 600 ${home.file}` });
    chmodSync(home.file, 0o600);
    expect(readMcpConfig(home.file)).toHaveLength(1);
  }
  home.configure({ s: { command: 'x' } });
  chmodSync(home.file, 0o644);
  expect(readMcpConfig(home.file)).toHaveLength(1);
});
