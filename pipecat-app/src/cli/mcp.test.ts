import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type EchoAgent, openEchoAgent } from '../server/echo-agent.fixture.js';
import { clockTool } from '../tools/clock.js';
import { ToolRegistry } from '../tools/registry.js';

const TWIN = fileURLToPath(new URL('../../bin/twin.js', import.meta.url));
let echo: EchoAgent;
beforeAll(async () => {
  echo = await openEchoAgent({}, { tools: new ToolRegistry([clockTool()]) });
});
afterAll(() => echo.close());

async function connect(key: string, mode: 'legacy' | 'auto'): Promise<{ client: Client; logged: () => string }> {
  const transport = new StdioClientTransport({
    command: process.execPath,
    args: [TWIN, 'mcp', '--endpoint', echo.url, '--key', key],
    stderr: 'pipe',
  });
  let logged = '';
  transport.stderr?.on('data', (chunk) => {
    logged += String(chunk);
  });
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  await client.connect(transport).catch((error: unknown) => {
    throw new Error(`${error} ${logged}`);
  });
  return { client, logged: () => logged };
}

test.each(['legacy', 'auto'] as const)('twin mcp serves the tools of the running agent, era %s', async (mode) => {
  const { client, logged } = await connect(echo.keys.operator, mode);
  try {
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain('clock-time');
    expect(JSON.stringify(await client.callTool({ name: 'clock-time', arguments: {} }))).toContain('It is');
    await expect(client.callTool({ name: 'nothing', arguments: {} })).rejects.toThrow('no tool of this name');
    expect(logged()).toBe('');
  } finally {
    await client.close();
  }
});

test('a wrong key is told on standard error', async () => {
  await expect(connect('nonsense', 'legacy')).rejects.toThrow('Give an API key with --key');
});
