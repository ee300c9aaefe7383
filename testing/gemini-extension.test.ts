import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { openEchoAgent } from '@twin/pipecat-app/server/echo-agent.fixture.js';
import { parse } from 'smol-toml';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { ROOT } from './bash.fixture.js';

const HOME = `${ROOT}prompts/gemini-extension/`;
const SERVER = `${HOME}dist/server.js`;

/** The fields that the Gemini CLI documents. */
const manifest = z.strictObject({
  name: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  version: z.string().regex(/^\d+\.\d+\.\d+$/),
  description: z.string().optional(),
  contextFileName: z.string().optional(),
  excludeTools: z.array(z.string()).optional(),
  mcpServers: z.record(
    z.string().regex(/^[\w-]+$/),
    z.strictObject({
      command: z.string(),
      args: z.array(z.string()).optional(),
      cwd: z.string().optional(),
      env: z.record(z.string(), z.string()).optional(),
    }),
  ),
  settings: z
    .array(
      z.strictObject({
        name: z.string(),
        description: z.string(),
        envVar: z.string().regex(/^[A-Z_]+$/),
        sensitive: z.boolean().optional(),
      }),
    )
    .optional(),
});

const read = (file: string): Promise<string> => readFile(HOME + file, 'utf8');
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

async function start(env: Record<string, string>): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [SERVER], env, stderr: 'inherit' }));
  closers.push(() => client.close());
  return client;
}

it('the manifest has only documented fields, and its settings are what the server reads', async () => {
  const { name, contextFileName, mcpServers, settings } = manifest.parse(
    JSON.parse(await read('gemini-extension.json')),
  );
  expect(name).toBe('pipecat-agent-extension');
  expect(await read(contextFileName!)).toContain('send');
  const [server] = Object.values(mcpServers);
  expect(server!.args).toEqual([['$', '{extensionPath}$', '{/}dist$', '{/}server.js'].join('')]);
  expect(Object.keys(server!.env!)).toEqual(settings!.map(({ envVar }) => envVar));
  expect(settings!.find(({ envVar }) => envVar === 'TWIN_KEY')!.sensitive).toBe(true);
});

it('the command is TOML with a prompt that takes the words as they are', async () => {
  const command = z
    .strictObject({ prompt: z.string(), description: z.string() })
    .parse(parse(await read('commands/pipecat/send.toml')));
  expect(command.prompt).toContain('{{args}}');
  expect(command.prompt).not.toContain('!{');
});

describe('the server', () => {
  beforeAll(async () => {
    await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: HOME });
  });

  it('sends to a running agent and returns its reply', async () => {
    const echo = await openEchoAgent();
    closers.push(() => echo.close());
    const client = await start({ TWIN_ENDPOINT: echo.url, TWIN_KEY: echo.keys.operator });
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['send']);
    const reply = await client.callTool({ name: 'send', arguments: { text: 'hello there' } });
    expect(reply.content).toEqual([{ type: 'text', text: 'HELLO THERE' }]);
    expect((await client.callTool({ name: 'send', arguments: { text: '' } })).isError).toBe(true);
  });

  it('says what to do without a key and without an agent', async () => {
    const echo = await openEchoAgent();
    closers.push(() => echo.close());
    const call = async (env: Record<string, string>) =>
      JSON.stringify(await (await start(env)).callTool({ name: 'send', arguments: { text: 'x' } }));
    expect(await call({ TWIN_ENDPOINT: echo.url, TWIN_KEY: `$${'{TWIN_KEY}'}` })).toContain('Set TWIN_KEY');
    expect(await call({ TWIN_ENDPOINT: 'http://127.0.0.1:1' })).toContain('No agent answers');
    expect(await call({ TWIN_ENDPOINT: 'nowhere' })).toContain('Set TWIN_ENDPOINT');
  });
});
