import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { z } from 'zod';
import { type EchoAgent, openEchoAgent } from '../server/echo-agent.fixture.js';
import { clockTool } from '../tools/clock.js';
import { approvesAll } from '../tools/consent.fixture.js';
import { ToolRegistry } from '../tools/registry.js';
import type { Tool } from '../tools/tool.js';

const VERSION = '2025-06-18';
let echo: EchoAgent;
/** Calls of `slow.wait` that run, and what ends each well. */
const running = new Set<() => void>();
const slow: Tool = {
  name: 'slow',
  description: 'Takes long.',
  methods: {
    wait: {
      description: 'Waits until it is told to stop.',
      args: z.strictObject({}),
      risk: 'read',
      timeoutMs: 60_000,
      run: (_: never, { signal }) =>
        new Promise((resolve, reject) => {
          const done = (): void => resolve({ ok: true, output: 'done' });
          running.add(done);
          signal.addEventListener('abort', () => {
            running.delete(done);
            reject(signal.reason);
          });
        }),
    },
  },
};

const mirror: Tool = {
  name: 'mirror',
  description: 'Shows who calls.',
  methods: {
    look: {
      description: 'Tells on whose behalf it is called.',
      args: z.strictObject({}),
      risk: 'read',
      run: (_: never, { controls }) => ({ ok: true, output: JSON.stringify(controls.caller) }),
    },
  },
};

beforeAll(async () => {
  echo = await openEchoAgent({}, { tools: new ToolRegistry([clockTool(), slow, mirror], { consent: approvesAll }) });
});
afterAll(() => echo.close());
afterEach(() => {
  vi.useRealTimers();
  running.clear();
});

const post = (body: unknown, headers: Record<string, string> = {}, method = 'POST'): Promise<Response> =>
  fetch(`${echo.url}/mcp`, {
    method,
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...echo.as('operator'),
      ...headers,
    },
    ...(method === 'POST' && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
const rpc = (method: string, params: object = {}, id: number | string = 1) => ({ jsonrpc: '2.0', id, method, params });

/** Every message of an answer, be it JSON or a stream of events. */
async function messages(response: Response): Promise<{ id?: unknown; method?: string; [key: string]: unknown }[]> {
  const text = await response.text();
  if (!response.headers.get('content-type')?.includes('event-stream')) return [JSON.parse(text)].flat();
  return [...text.matchAll(/^data: (.+)$/gm)].map(([, json]) => JSON.parse(json as string));
}

const initialize = (protocolVersion = VERSION) =>
  rpc('initialize', { protocolVersion, capabilities: {}, clientInfo: { name: 'raw', version: '1' } });

describe('JSON-RPC', () => {
  test.each([
    ['an unknown method', rpc('nonsense/here'), -32_601],
    ['prompts, which this server does not announce', rpc('prompts/list'), -32_601],
    ['a call without a name', rpc('tools/call', {}), -32_602],
    ['arguments that are no object', rpc('tools/call', { name: 'clock-time', arguments: 'x' }), -32_602],
    ['an unknown tool', rpc('tools/call', { name: 'nothing', arguments: {} }), -32_602],
    ['no JSON', '{"jsonrpc": "2.0",', -32_700],
    ['an object that is no message', {}, -32_600],
  ])('%s is answered with its code', async (_, body, code) => {
    const [answer] = await messages(await post(body));
    expect(answer).toMatchObject({ jsonrpc: '2.0', error: { code } });
  });

  test('of a batch each request is answered, or the whole is refused', async () => {
    const response = await post([rpc('tools/list', {}, 'a'), rpc('nonsense', {}, 'b')]);
    const all = await messages(response);
    if (response.status === 400) expect(all[0]).toMatchObject({ error: { code: expect.any(Number) } });
    else expect(all.map(({ id }) => id).sort()).toEqual(['a', 'b']);
  });

  test('a notification is taken without an answer', async () => {
    const response = await post({ jsonrpc: '2.0', method: 'notifications/initialized' });
    expect([response.status, await response.text()]).toEqual([202, '']);
  });
});

describe('the transport', () => {
  test.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])('version %s is spoken', async (version) => {
    const [answer] = await messages(await post(initialize(version)));
    expect(answer).toMatchObject({ result: { protocolVersion: version, serverInfo: { name: 'twin' } } });
  });

  test('an unknown version is answered with a known one', async () => {
    const [answer] = await messages(await post(initialize('1999-01-01')));
    expect(answer).toMatchObject({ result: { protocolVersion: expect.stringMatching(/^20\d\d-\d\d-\d\d$/) } });
  });

  test('a version in the header that is unknown is refused, a known one is taken', async () => {
    expect((await post(rpc('tools/list'), { 'mcp-protocol-version': 'nonsense' })).status).toBe(400);
    expect((await post(rpc('tools/list'), { 'mcp-protocol-version': VERSION })).status).toBe(200);
  });

  test('there are no sessions: none is given, and a made-up id neither opens nor breaks anything', async () => {
    const first = await post(initialize());
    expect(first.headers.get('mcp-session-id')).toBeNull();
    await first.text();
    const forged = await post(rpc('tools/list'), { 'mcp-session-id': 'of-somebody-else' });
    expect((await messages(forged))[0]).toHaveProperty('result.tools');
    for (const method of ['GET', 'DELETE']) expect((await post('', {}, method)).status, method).toBe(405);
  });

  test.each([
    ['no key', { authorization: '' }, 401],
    ['a wrong key', { authorization: 'Bearer wrong' }, 401],
    ['a foreign page', { origin: 'http://evil.example' }, 403],
    ['a client that takes no JSON', { accept: 'text/html' }, 406],
    ['a body that is no JSON by its type', { 'content-type': 'text/plain' }, 415],
  ])('%s is refused', async (_, headers, status) => {
    const response = await post(rpc('tools/list'), headers);
    expect(response.status).toBe(status);
    if (status === 401) expect(response.headers.get('www-authenticate')).toBe('Bearer');
  });
});

test('a call carries the id of the key that made it, so that this key cannot approve it', async () => {
  const [answer] = await messages(await post(rpc('tools/call', { name: 'mirror-look', arguments: {} })));
  const { result } = z.object({ result: z.object({ content: z.array(z.object({ text: z.string() })) }) }).parse(answer);
  const key = echo.store.list().find(({ role }) => role === 'operator');
  expect(JSON.parse(result.content[0]?.text ?? '')).toMatchObject({ door: 'mcp', role: 'operator', keyId: key?.id });
});

describe('a long call', () => {
  test.each(['legacy', 'auto'] as const)('tells its progress to a client that asked for it, era %s', async (mode) => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
    const requestInit = { headers: echo.as('operator') };
    await client.connect(new StreamableHTTPClientTransport(new URL('/mcp', echo.url), { requestInit }));
    const told: unknown[] = [];
    const call = client.callTool({ name: 'slow-wait', arguments: {} }, { onprogress: (each) => void told.push(each) });
    await vi.waitUntil(() => running.size === 1);
    vi.advanceTimersByTime(5000);
    await vi.waitUntil(() => told.length === 1);
    vi.advanceTimersByTime(5000);
    await vi.waitUntil(() => told.length === 2);
    for (const done of running) done();
    expect((await call).isError).toBe(false);
    expect(told).toMatchObject([{ progress: 5 }, { progress: 10 }]);
    vi.advanceTimersByTime(60_000);
    expect(vi.getTimerCount()).toBe(0);
    await client.close();
  });

  test('is silent without a token, and ends with the notification that cancels it', async () => {
    vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
    const call = post(rpc('tools/call', { name: 'slow-wait', arguments: {} }, 77)).then(messages);
    await vi.waitUntil(() => running.size === 1);
    vi.advanceTimersByTime(20_000);
    const cancel = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 77 } };
    expect((await post(cancel)).status).toBe(202);
    await vi.waitUntil(() => running.size === 0);
    for (const message of await call) expect(message.method).toBeUndefined();
  });
});
