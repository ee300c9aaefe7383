import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import type { Gateway } from '../experts/gateway.js';
import { type EchoAgent, openEchoAgent } from '../server/echo-agent.fixture.js';

/** Questions that the gateway was asked. */
let answers = 0;
const gateway: Gateway = {
  names: () => ['main'],
  seeing: () => ({ experts: [], outside: [] }),
  personaOf: (expert) => expert,
  wanted: () => ({ expert: 'main', confidence: 1, named: false }),
  async *answer() {
    answers++;
    yield { text: 'Yes.' };
    yield { stats: { model: 'm', promptTokens: 1, generatedTokens: 1, firstTokenMs: 1, tokensPerSecond: 1 } };
  },
};
let echo: EchoAgent;
let cookie: string;
beforeAll(async () => {
  echo = await openEchoAgent({}, { gateway });
  const session = { method: 'POST', headers: { 'content-type': 'application/json' } };
  const signedIn = await fetch(`${echo.url}/api/session`, {
    ...session,
    body: JSON.stringify({ key: echo.keys.operator }),
  });
  cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? '';
});
afterAll(() => echo.close());

/** The path that the door takes, and the same with a slash, which only express takes. */
const [DOOR, EXPRESS] = ['/v1/chat/completions', '/v1/chat/completions/'];
const ask = (path: string, headers: Record<string, string>, body: string) =>
  new Promise<{ status: number | undefined; headers: Record<string, unknown>; body: string }>((resolve, reject) => {
    const length = { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(body)) };
    const call = request(echo.url + path, { method: 'POST', headers: { ...length, ...headers } }, (response) => {
      text(response).then((all) => {
        const { date: _, etag: __, ratelimit: ___, connection: ____, ...rest } = response.headers;
        const same = all.replace(/chatcmpl-[\w-]+/g, 'ID').replace(/"created":\d+/g, '"created":0');
        resolve({ status: response.statusCode, headers: rest, body: same });
      }, reject);
    });
    call.on('error', reject).end(body);
  });

const messages = [{ role: 'user', content: 'Is it open?' }];
const question = JSON.stringify({ model: 'expert:main', messages });
const operator = (): Record<string, string> => echo.as('operator');

it.each<[string, number, () => Record<string, string>, string]>([
  ['a question', 200, operator, question],
  ['a stream', 200, operator, JSON.stringify({ model: 'expert:main', messages, stream: true })],
  ['a question to the agent itself', 200, operator, JSON.stringify({ messages })],
  ['an unknown model', 404, operator, JSON.stringify({ model: 'expert:none', messages })],
  ['a request without messages', 400, operator, '{"model":"expert:main"}'],
  ['no JSON', 400, operator, '{"model":'],
  ['JSON that is no object', 400, operator, '"main"'],
  ['another type than JSON', 400, () => ({ ...operator(), 'content-type': 'text/plain' }), question],
  ['another encoding', 400, () => ({ ...operator(), 'content-encoding': 'none-such' }), question],
  ['too much', 413, operator, `"${'x'.repeat(1024 * 1024)}"`],
  ['no key', 401, () => ({}), question],
  ['a wrong key', 401, () => ({ 'x-api-key': 'twin_wrong' }), question],
  ['a viewer', 403, () => echo.as('viewer'), question],
  ['a foreign host', 421, () => ({ ...operator(), host: 'evil.example' }), question],
  ['a cookie from a foreign page', 403, () => ({ cookie, origin: 'https://evil.example' }), question],
  ['a cookie from no page', 403, () => ({ cookie }), question],
  ['a cookie from its own page', 200, () => ({ cookie, origin: echo.url }), question],
])('%s is answered as express answers it', async (_, status, headers, body) => {
  const [door, express] = [await ask(DOOR, headers(), body), await ask(EXPRESS, headers(), body)];
  expect(door).toEqual(express);
  expect(door.status).toBe(status);
});

it('counts with everything else of an address, and refuses as express does when it is too much', async () => {
  const left = async (path: string): Promise<number> => {
    const response = await fetch(echo.url + path, { method: 'POST', headers: { 'content-type': 'application/json' } });
    return Number(/remaining=(\d+)/.exec(response.headers.get('ratelimit') ?? '')?.[1]);
  };
  const before = await left('/api/message');
  await ask(DOOR, operator(), question);
  expect(await left('/api/message')).toBe(before - 2);
  const other = await openEchoAgent({}, { gateway });
  try {
    const headers = { ...other.as('operator'), 'content-type': 'application/json' };
    const statuses: number[] = [];
    for (let i = 0; i < 1202; i++) {
      const response = await fetch(other.url + DOOR, { method: 'POST', headers, body: '{}' });
      await response.arrayBuffer();
      statuses.push(response.status);
    }
    expect(statuses.slice(0, 1200).every((status) => status === 400)).toBe(true);
    expect(statuses.slice(1200)).toEqual([429, 429]);
  } finally {
    await other.close();
  }
});

it('takes a client that hangs up in the middle of its question as no question', async () => {
  const before = answers;
  const call = request(echo.url + DOOR, {
    method: 'POST',
    headers: { ...operator(), 'content-type': 'application/json', 'content-length': '100' },
  });
  call.on('error', () => undefined).write('{');
  await vi.waitFor(() => expect(call.socket?.bytesWritten).toBeGreaterThan(0));
  call.destroy();
  expect((await ask(DOOR, operator(), question)).status).toBe(200);
  expect(answers).toBe(before + 1);
});
