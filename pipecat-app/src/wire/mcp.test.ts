import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import type { LongTermMemory } from '../memory/long-term.js';
import { type EchoAgent, openEchoAgent } from '../server/echo-agent.fixture.js';
import type { Role } from '../server/protocol.js';
import { clockTool } from '../tools/clock.js';
import { approvesAll } from '../tools/consent.fixture.js';
import { ToolRegistry } from '../tools/registry.js';
import { speechTool } from '../tools/speech.js';
import type { Tool } from '../tools/tool.js';
import type { MemoryShelf } from './mcp-memory.js';

const FACTS = Array.from({ length: 130 }, (_, i) => ({
  id: i + 1,
  text: `fact ${i + 1}`,
  at: 0,
  source: 'test',
  pinned: false,
}));

let echo: EchoAgent;
let running = 0;
let started: () => void = () => undefined;
const slow: Tool = {
  name: 'slow',
  description: 'Takes long.',
  methods: {
    wait: {
      description: 'Waits until it is told to stop.',
      args: z.strictObject({}),
      risk: 'sensitive',
      run: (_: never, { signal }) => {
        running++;
        started();
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => {
            running--;
            reject(signal.reason);
          }),
        );
      },
    },
  },
};
const gone: Tool = {
  name: 'gone',
  description: 'Cannot be used.',
  unavailable: () => 'It is not installed.',
  methods: { use: { description: 'x', args: z.strictObject({}), risk: 'read', run: () => ({ ok: true, output: '' }) } },
};

beforeAll(async () => {
  echo = await openEchoAgent(
    {},
    {
      tools: new ToolRegistry([clockTool(), speechTool(), slow, gone], { consent: approvesAll }),
      memory: {
        list: ({ limit, before = 1000 }) =>
          [...FACTS]
            .reverse()
            .filter(({ id }) => id < before)
            .slice(0, limit),
        recall: async (text) => FACTS.filter((fact) => fact.text === text),
      } satisfies MemoryShelf as unknown as LongTermMemory,
    },
  );
});
afterAll(() => echo.close());

async function connect(era: 'legacy' | 'auto', role: Role = 'operator'): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: era } });
  await client.connect(
    new StreamableHTTPClientTransport(new URL('/mcp', echo.url), { requestInit: { headers: echo.as(role) } }),
  );
  return client;
}

const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${echo.url}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...echo.as('operator'),
      ...headers,
    },
    body,
  });
const LIST = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/list' });

describe.each(['legacy', 'auto'] as const)('the official client in the era %s', (era) => {
  let client: Client;
  beforeAll(async () => {
    client = await connect(era);
  });
  afterAll(() => client.close());

  test('speaks that era', () => expect(client.getProtocolEra()).toBe(era === 'auto' ? 'modern' : 'legacy'));

  test('lists what can be used, with schema and hints that follow from the risk', async () => {
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toContain('clock-time');
    expect(names).not.toContain('gone-use');
    for (const { name, inputSchema } of tools) {
      expect(name).toMatch(/^[\w-]{1,64}$/);
      expect(inputSchema.type).toBe('object');
    }
    const hints = Object.fromEntries(tools.map(({ name, annotations }) => [name, annotations]));
    expect(hints['clock-time']).toMatchObject({ readOnlyHint: true, destructiveHint: false });
    expect(hints['slow-wait']).toMatchObject({ readOnlyHint: false, destructiveHint: true });
  });

  test('calls a tool', async () => {
    const { content, isError } = await client.callTool({ name: 'clock-time', arguments: {} });
    expect(isError).toBe(false);
    expect(JSON.stringify(content)).toMatch(/It is/);
  });

  test('keeps what was set in its silent session', async () => {
    await client.callTool({ name: 'speech-volume', arguments: { percent: 30 } });
    const other = await connect(era);
    expect(JSON.stringify(await other.callTool({ name: 'speech-volume', arguments: { change: 'up' } }))).toContain(
      '50',
    );
    await other.close();
  });

  test('bad arguments are a result that says what is wrong', async () => {
    const { content, isError } = await client.callTool({ name: 'clock-time', arguments: { zone: 4, x: [] } });
    expect(isError).toBe(true);
    expect(JSON.stringify(content)).toContain('I cannot do that');
  });

  test.each(['nothing-here', 'gone-use', 'clock.time'])('refuses the unknown tool %s', async (name) => {
    await expect(client.callTool({ name, arguments: {} })).rejects.toThrow('no tool of this name');
  });

  test('ends a call that it cancels', async () => {
    const abort = new AbortController();
    const begun = new Promise<void>((resolve) => {
      started = resolve;
    });
    const call = client.callTool({ name: 'slow-wait', arguments: {} }, { signal: abort.signal });
    await begun;
    abort.abort();
    await expect(call).rejects.toThrow();
    await expect.poll(() => running).toBe(0);
  });

  test('reads the memory page by page, one fact, and what a search finds', async () => {
    const { resources } = await client.listResources();
    expect(resources).toHaveLength(130);
    const read = async (uri: string) => JSON.stringify((await client.readResource({ uri })).contents);
    expect(await read('memory://facts/7')).toContain('"fact 7"');
    expect(await read('memory://search/fact%2012')).toContain('"fact 12"');
    for (const uri of ['memory://facts/999', 'memory://search/', 'memory://search/%', 'file:///etc/passwd'])
      await expect(client.readResource({ uri }), uri).rejects.toThrow('There is no such');
  });
});

test('a viewer lists, and is told what calling needs', async () => {
  const client = await connect('auto', 'viewer');
  expect((await client.listTools()).tools.length).toBeGreaterThan(3);
  const { isError, content } = await client.callTool({ name: 'clock-time', arguments: {} });
  expect([isError, JSON.stringify(content)]).toEqual([true, expect.stringContaining('role operator')]);
  await client.close();
});

test.each([
  ['no key', { authorization: '' }, 401],
  ['a wrong key', { authorization: 'Bearer nonsense' }, 401],
  ['a foreign page', { origin: 'https://evil.example' }, 403],
])('%s is refused', async (_, headers, status) => {
  const response = await post(LIST, headers);
  expect(response.status).toBe(status);
  expect(await response.json()).toMatchObject({
    jsonrpc: '2.0',
    error: { data: { code: expect.stringMatching(/^TWIN_/) } },
  });
});

test('100 malformed requests are refused one by one, and the door goes on', async () => {
  const bodies = ['', '{', '[]', 'null', '7', '"x"', '{}', '{"jsonrpc":"2.0"}', '{"jsonrpc":"2.0","id":{},"method":1}'];
  const params = ['"x"', '7', '[]', '{"name":7}', '{"name":"clock-time","arguments":"x"}', '{"cursor":{}}'];
  for (const method of ['tools/call', 'resources/read', 'nonsense'])
    for (const each of params) bodies.push(`{"jsonrpc":"2.0","id":1,"method":"${method}","params":${each}}`);
  while (bodies.length < 100) bodies.push(`{"jsonrpc":"2.0","id":1,"method":${'['.repeat(bodies.length)}`);
  for (const body of bodies) {
    const response = await post(body);
    expect(response.status, body).toBeLessThan(500);
    const text = await response.text();
    expect(text, body).toMatch(/error|^$/i);
    expect(text, body).not.toMatch(/\bat .+:\d+:\d+/);
  }
  expect((await post(LIST)).status).toBe(200);
});

test('a body that is too large is refused', async () => {
  expect((await post(JSON.stringify({ pad: 'x'.repeat(300_000) }))).status).toBe(413);
});
