import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Llm, LlmRequest } from './llm.js';

/** Bytes per write: less than an event, so that events cross the borders of chunks. */
const WRITE_BYTES = 7;

export type ServedLlm = {
  baseUrl: string;
  /** Requests that are being answered now. */
  open: () => number;
  close: () => Promise<void>;
};

/** An OpenAI-shaped server on loopback that lets `llm` answer; wants the key `right` when there is one. */
export async function serveLlm(llm: Llm, key = ''): Promise<ServedLlm> {
  let open = 0;
  const server = createServer((request, response) => {
    open++;
    response.once('close', () => open--);
    answer(llm, key, request, response).catch((error: unknown) => {
      if (response.headersSent) response.destroy();
      else response.writeHead(500).end(JSON.stringify({ error: { message: String(error) } }));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    open: () => open,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(llm: Llm, key: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (key !== '' && request.headers.authorization !== `Bearer ${key}`) {
    response.writeHead(401).end(JSON.stringify({ error: { message: 'wrong key' } }));
    return;
  }
  if (request.url === '/v1/models') {
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ data: [{ id: llm.model }] }));
    return;
  }
  let body = '';
  for await (const bytes of request) body += String(bytes);
  const asked = JSON.parse(body) as { messages: LlmRequest['messages']; max_tokens: number; stop?: string[] };
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const write = (data: object | string): void => {
    const event = Buffer.from(`data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`);
    for (let at = 0; at < event.length; at += WRITE_BYTES) response.write(event.subarray(at, at + WRITE_BYTES));
  };
  const wanted = { messages: asked.messages, maxTokens: asked.max_tokens, stop: asked.stop ?? [] };
  for await (const content of llm.stream(wanted, gone.signal))
    if (typeof content === 'string') write({ model: llm.model, choices: [{ delta: { content } }] });
  const { evaluatedTokens = 0, promptTokens = 0, generatedTokens = 0 } = llm.lastAnswer() ?? {};
  write({
    choices: [],
    timings: { cache_n: promptTokens - evaluatedTokens, prompt_n: evaluatedTokens, predicted_n: generatedTokens },
  });
  write('[DONE]');
  response.end();
}
