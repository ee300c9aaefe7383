import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { approvesAll } from '../consent.fixture.js';
import { controlsOf } from '../controls.fixture.js';
import { ToolRegistry } from '../registry.js';
import type { Tool } from '../tool.js';
import { claudeCloneTool } from './claude-clone.js';
import { llxprtCodeTool } from './llxprt-code.js';

let folder: string;
let env: NodeJS.ProcessEnv;
let server: Server | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'twin-coding-'));
  await mkdir(join(folder, 'area/repo'), { recursive: true });
  await mkdir(join(folder, 'bin'));
  env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, HOME: folder, ANTHROPIC_API_KEY: 'k3y', TWIN_SECRET: 'no' };
});
afterEach(async () => {
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

async function install(name: string, script: string): Promise<void> {
  const file = join(folder, 'bin', name);
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o755);
}
const SEEN = `echo "args[$#]: $*"; echo "in: $(cat)"; echo "at: $(pwd)"; env > "$HOME/env"`;
const call = (tool: Tool, name: string, args: Record<string, unknown>, signal = new AbortController().signal) =>
  new ToolRegistry([tool], { consent: approvesAll }).call(name, args, controlsOf('a'), signal);
const PROMPT = '--help; $(touch x) `id` "quoted"';

test('the prompt reaches the program word for word, on no command line, and nothing else of our environment does', async () => {
  await install('llxprt', SEEN);
  const { output } = await call(llxprtCodeTool(join(folder, 'area'), env), 'llxprt_code.run', {
    prompt: PROMPT,
    repo: 'repo',
  });
  expect(output).toContain('args[0]: \n');
  expect(output).toContain(`in: ${PROMPT}`);
  expect(output).toMatch(/at: .*area\/repo$/);
  const seen = await readFile(join(folder, 'env'), 'utf8');
  expect(seen).toContain('ANTHROPIC_API_KEY=k3y');
  expect(seen).not.toContain('TWIN_SECRET');
});

test('outside of the work area nothing runs', async () => {
  await install('llxprt', SEEN);
  for (const repo of ['..', '../..', '/etc', 'none'])
    expect(
      await call(llxprtCodeTool(join(folder, 'area'), env), 'llxprt_code.run', { prompt: 'do it', repo }),
    ).toMatchObject({
      error: 'TWIN_REPO_UNKNOWN',
    });
});

test('claude is asked with -p, and its failure is told', async () => {
  const tool = claudeCloneTool({ baseUrl: '', apiKey: '', model: '', folder, env });
  expect(await call(tool, 'claude_clone.ask', { prompt: PROMPT })).toMatchObject({ error: 'TWIN_TOOL_UNAVAILABLE' });
  await install('claude', SEEN);
  expect((await call(tool, 'claude_clone.ask', { prompt: PROMPT })).output).toContain('args[1]: -p\nin: --help;');
  await install('claude', 'exit 3');
  expect(await call(tool, 'claude_clone.ask', { prompt: PROMPT })).toMatchObject({ error: 'TWIN_CLI_FAILED' });
});

test('a program that is stopped leaves nothing behind', async () => {
  await install('claude', 'echo $$ > "$HOME/pid"; exec sleep 60');
  const stop = new AbortController();
  const tool = claudeCloneTool({ baseUrl: '', apiKey: '', model: '', folder, env });
  const asking = call(tool, 'claude_clone.ask', { prompt: 'wait' }, stop.signal);
  const pid = async (): Promise<number> => Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => '')) || pid();
  const running = await pid();
  stop.abort();
  await expect(asking).rejects.toMatchObject({ name: 'AbortError' });
  await expect
    .poll(() => {
      try {
        return process.kill(running, 0);
      } catch {
        return 'gone';
      }
    })
    .toBe('gone');
});

test('an endpoint is asked in Anthropic’s way, with the key in its header', async () => {
  const seen: unknown[] = [];
  let status = 200;
  server = createServer((request, response) => {
    void (async () => {
      let body = '';
      for await (const bytes of request) body += String(bytes);
      seen.push(request.url, request.headers['x-api-key'], JSON.parse(body));
      response.writeHead(status, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ content: [{ type: 'text', text: 'Forty-two.' }] }));
    })();
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tool = claudeCloneTool({ baseUrl, apiKey: 'k', model: 'm', folder, env });
  expect((await call(tool, 'claude_clone.ask', { prompt: 'Why?', system: 'Be short.' })).output).toBe('Forty-two.');
  const messages = [{ role: 'user', content: 'Why?' }];
  expect(seen).toEqual(['/v1/messages', 'k', { model: 'm', max_tokens: 2048, system: 'Be short.', messages }]);
  status = 529;
  expect(await call(tool, 'claude_clone.ask', { prompt: 'Why?' })).toMatchObject({ error: 'TWIN_CLAUDE_FAILED' });
});
