import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { OpenAiLlm, type OpenAiLlmOptions } from './openai-llm.js';
import { noAbort, textOf } from './real-model.fixture.js';

const open: { close: () => Promise<void> | void }[] = [];
afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** A model whose server does what `handle` does. */
async function remote(handle: RequestListener, options: Partial<OpenAiLlmOptions> = {}): Promise<OpenAiLlm> {
  const server: Server = createServer(handle);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/`;
  const llm = new OpenAiLlm({ baseUrl, apiKey: 'k', model: 'm', ...options });
  open.push(llm, {
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  });
  return llm;
}

const ask = (llm: OpenAiLlm, signal: AbortSignal = noAbort()) =>
  textOf(llm.stream({ messages: [{ role: 'user', content: 'Hi' }], maxTokens: 5, stop: ['\n'] }, signal));
const event = (content: string): string => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`;

test('letters, events and lines may be cut anywhere', async () => {
  const stream = Buffer.from(`: note\r\n\r\n${event('Grüße 👩‍🚀')}${event(' aus Köln')}data: [DONE]\n\n`);
  const llm = await remote((_, response) => {
    for (const byte of stream) response.write(Buffer.of(byte));
    response.end();
  });
  expect(await ask(llm)).toBe('Grüße 👩‍🚀 aus Köln');
});

test('the request is what OpenAI documents', async () => {
  let seen = {};
  const llm = await remote(async (request, response) => {
    let body = '';
    for await (const bytes of request) body += String(bytes);
    seen = { url: request.url, key: request.headers.authorization, ...(JSON.parse(body) as object) };
    response.end('data: [DONE]\n\n');
  });
  await ask(llm);
  expect(seen).toEqual({
    url: '/v1/chat/completions',
    key: 'Bearer k',
    model: 'm',
    messages: [{ role: 'user', content: 'Hi' }],
    max_tokens: 5,
    temperature: 0.3,
    stream: true,
    stop: ['\n'],
  });
});

describe('a failure is said in words', () => {
  const refusing = (status: number, body: string) => remote((_, response) => void response.writeHead(status).end(body));

  test.each([
    [401, '', 'TWIN_LLM_REFUSED', false, /refuses the key \(401\)/],
    [404, '{"error":{"message":"no such model"}}', 'TWIN_LLM_REFUSED', false, /\(404\): no such model/],
    [400, '<html>', 'TWIN_LLM_REFUSED', false, /answers 400/],
    [429, '', 'TWIN_LLM_UNAVAILABLE', true, /answers 429/],
    [503, '{"error":{"message":"Loading\\nmodel"}}', 'TWIN_LLM_UNAVAILABLE', true, /answers 503/],
    [302, '', 'TWIN_LLM_REFUSED', false, /answers 302/],
  ])('status %d', async (status, body, code, retryable, message) => {
    const llm = await refusing(status, body);
    await expect(ask(llm)).rejects.toMatchObject({ code, retryable, message: expect.stringMatching(message) });
    expect(llm.health().ok).toBe(false);
  });

  test.each([
    ['data: {broken\n\n', /what is no answer/],
    ['data: 5\n\n', /what is no answer/],
    ['data: {"choices":"none"}\n\n', /what is no answer/],
    ['data: {"error":{"message":"out of memory"}}\n\n', /out of memory/],
  ])('stream %j', async (stream, message) => {
    const llm = await remote((_, response) => void response.end(stream));
    await expect(ask(llm)).rejects.toMatchObject({
      code: 'TWIN_LLM_UNAVAILABLE',
      message: expect.stringMatching(message),
    });
  });

  test('a server that breaks off in the middle', async () => {
    const llm = await remote((_, response) => {
      response.writeHead(200, { 'content-length': 10_000 });
      response.write(event('Hel'), () => response.destroy());
    });
    await expect(ask(llm)).rejects.toMatchObject({ code: 'TWIN_LLM_UNAVAILABLE', retryable: true });
  });

  test('a server that is silent, before the first word or after it', async () => {
    const silent = await remote(() => {}, { stallMs: 50 });
    await expect(ask(silent)).rejects.toMatchObject({ message: expect.stringMatching(/sent nothing for/) });
    const stalls = await remote((_, response) => void response.write(event('Hel')), { stallMs: 50 });
    await expect(ask(stalls)).rejects.toMatchObject({ message: expect.stringMatching(/sent nothing for/) });
  });

  test('no server at all', async () => {
    const llm = new OpenAiLlm({ baseUrl: 'http://127.0.0.1:1/v1', apiKey: '', model: '' });
    open.push(llm);
    await expect(llm.start(noAbort())).rejects.toMatchObject({ message: expect.stringMatching(/cannot be reached/) });
  });
});

test('an abort closes the request', async () => {
  let closed = (): void => {};
  const gone = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const llm = await remote((_, response) => {
    response.once('close', closed);
    response.write(event('Hel'));
  });
  const stop = new AbortController();
  const reading = (async () => {
    for await (const _ of llm.stream({ messages: [], maxTokens: 5 }, stop.signal)) stop.abort();
  })();
  await expect(reading).rejects.toMatchObject({ name: 'AbortError' });
  await gone;
});
