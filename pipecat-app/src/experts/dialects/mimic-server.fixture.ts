import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { DialectName, Endpoint } from '../endpoint.js';
import type { Message } from '../llm.js';
import type { Progress } from './dialect.js';

/** Bytes per write: less than an event, so that events cross the borders of chunks. */
const WRITE_BYTES = 11;

/** What a mimic was asked, whichever way. */
export type Asked = {
  path: string;
  key: string;
  /** Whether the client said that it ends the connection with the answer. */
  closing: boolean;
  messages: Message[];
  /** The text behind the template, or the last message when it is the assistant's. */
  partial: string;
  maxTokens: number;
  stop: string[];
  slot: number | undefined;
  body: Record<string, unknown>;
};

/**
 * `text` and `progress` go out as they come; `report` is an error inside the stream; `die` drops the connection
 * behind what was sent, or ends the stream as if it were whole, without its end mark.
 */
export type Step =
  | { text: string }
  | { progress: Progress }
  | { report: string }
  | { die: 'drop' | 'end' }
  | NativeCallStep;
/** A native call as OpenAI's servers stream it: its name, then its arguments in pieces. */
type NativeCallStep = { call: string; pieces: string[] };
export type Script = (asked: Asked, signal: AbortSignal) => AsyncIterable<Step>;

export type Mimic = {
  endpoint: Endpoint;
  asked: Asked[];
  /** Requests that are being answered now. */
  open: () => number;
  /** Slots that `/slots` reports as working; undefined: it does not answer. */
  slots: { busy: boolean[] | undefined };
  status: { code: number };
  /** Whether it answers 400 to who offers tools natively. */
  refuses: { tools: boolean };
  close: () => Promise<void>;
};

/** A server on loopback that speaks one dialect and answers what `script` says. */
export async function mimic(dialect: DialectName, script: Script, change: Partial<Endpoint> = {}): Promise<Mimic> {
  let open = 0;
  const asked: Asked[] = [];
  const slots: Mimic['slots'] = { busy: [false] };
  const status = { code: 200 };
  const refuses = { tools: false };
  const server = createServer((request, response) => {
    open++;
    response.once('close', () => open--);
    serve(request, response).catch(() => response.destroy());
  });
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = request.url ?? '';
    const json = (value: unknown): void => void response.end(JSON.stringify(value));
    if (status.code !== 200) {
      response.writeHead(status.code).end(JSON.stringify({ error: { message: 'as scripted' } }));
      return;
    }
    if (request.method === 'GET') {
      if (path === '/slots') {
        if (slots.busy) json(slots.busy.map((is_processing, id) => ({ id, is_processing })));
        return;
      }
      if (path === '/props') return json({ total_slots: slots.busy?.length ?? 1 });
      if (path === ALIVE[dialect]) return json({});
      response.writeHead(404).end();
      return;
    }
    let page = '';
    for await (const bytes of request) page += String(bytes);
    const body = JSON.parse(page) as Record<string, unknown>;
    if (path === '/apply-template') {
      return json({ prompt: TEMPLATE_HEAD + JSON.stringify(body.messages) + TEMPLATE_TAIL });
    }
    const question = read(dialect, path, request, body);
    asked.push(question);
    if (refuses.tools && body.tools !== undefined) {
      response.writeHead(400).end(JSON.stringify({ error: { message: 'tools are not supported' } }));
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const shape = SHAPES[path];
    if (shape === undefined) return void response.writeHead(404).end();
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const write = (text: string): void => {
      const bytes = Buffer.from(text);
      for (let at = 0; at < bytes.length; at += WRITE_BYTES) response.write(bytes.subarray(at, at + WRITE_BYTES));
    };
    write(shape.begin);
    let count = 0;
    for await (const step of script(question, gone.signal)) {
      if ('die' in step) return void (step.die === 'drop' ? response.socket?.end() : response.end());
      if ('text' in step) count++;
      if ('call' in step) {
        for (const piece of nativeCall(step)) write(piece);
        continue;
      }
      write(
        'text' in step
          ? shape.text(step.text)
          : 'progress' in step
            ? shape.progress(step.progress)
            : shape.report(step.report),
      );
    }
    response.end(shape.end(count));
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const host = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    endpoint: {
      dialect,
      baseUrl: host + (dialect === 'openai' || dialect === 'anthropic' ? '/v1' : ''),
      apiKey: 'sesame',
      model: 'mimic',
      template: 'chat',
      settings: { address: 'EXPERTS', key: 'MIMIC_KEY' },
      ...change,
    },
    asked,
    open: () => open,
    slots,
    status,
    refuses,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const ALIVE: Record<DialectName, string> = {
  llama: '/health',
  openai: '/v1/models',
  ollama: '/api/version',
  anthropic: '/v1/models',
};
const [TEMPLATE_HEAD, TEMPLATE_TAIL] = ['<talk>', '<answer>'];

function read(dialect: DialectName, path: string, request: IncomingMessage, body: Record<string, unknown>): Asked {
  const options = (body.options ?? {}) as Record<string, unknown>;
  let messages = (body.messages ?? []) as Message[];
  let partial = '';
  if (path === '/completion') {
    const prompt = String(body.prompt);
    const end = prompt.indexOf(TEMPLATE_TAIL);
    const behind = end < 0 ? prompt.lastIndexOf('Answer:') + 'Answer:'.length : end + TEMPLATE_TAIL.length;
    if (end >= 0) messages = JSON.parse(prompt.slice(TEMPLATE_HEAD.length, end)) as Message[];
    partial = prompt.slice(behind);
  } else if (messages.at(-1)?.role === 'assistant') {
    partial = messages.at(-1)?.content ?? '';
    messages = messages.slice(0, -1);
  }
  const key = dialect === 'anthropic' ? request.headers['x-api-key'] : request.headers.authorization;
  return {
    path,
    key: String(key ?? ''),
    closing: request.headers.connection === 'close',
    messages,
    partial,
    maxTokens: Number(body.max_tokens ?? body.n_predict ?? options.num_predict),
    stop: (body.stop ?? body.stop_sequences ?? options.stop ?? []) as string[],
    slot: body.id_slot as number | undefined,
    body,
  };
}

const sse = (data: object | string): string => `data: ${typeof data === 'string' ? data : JSON.stringify(data)}\n\n`;
const nativeCall = ({ call, pieces }: NativeCallStep): string[] =>
  pieces.map((text, i) => {
    const begin = i === 0 ? { id: 'call_1', type: 'function' } : {};
    const its = { ...begin, index: 0, function: { ...(i === 0 && { name: call }), arguments: text } };
    return sse({ choices: [{ delta: { tool_calls: [its] } }] });
  });
const prompt = ({ total, cached, processed }: Progress): object => ({
  prompt_progress: { total, cache: cached, processed, time_ms: 1 },
});
const timings = (count: number): object => ({
  timings: { cache_n: 90, prompt_n: 10, predicted_n: count, predicted_per_second: 5 },
});
type Shape = {
  begin: string;
  text: (text: string) => string;
  progress: (progress: Progress) => string;
  report: (words: string) => string;
  end: (count: number) => string;
};
const openai: Shape = {
  begin: sse({ model: 'mimic', choices: [{ delta: { role: 'assistant', content: null } }] }),
  text: (content) => sse({ model: 'mimic', choices: [{ delta: { content } }] }),
  progress: (progress) => sse({ choices: [{ delta: {} }], ...prompt(progress) }),
  report: (message) => sse({ error: { message } }),
  end: (count) => sse({ choices: [{ delta: {}, finish_reason: 'stop' }], ...timings(count) }) + sse('[DONE]'),
};
const SHAPES: Record<string, Shape> = {
  '/v1/chat/completions': openai,
  '/completion': {
    ...openai,
    begin: '',
    text: (content) => sse({ content, stop: false }),
    progress: (progress) => sse({ content: '', stop: false, ...prompt(progress) }),
    end: (count) => sse({ content: '', stop: true, ...timings(count) }),
  },
  '/api/chat': {
    begin: '',
    text: (content) => `${JSON.stringify({ model: 'mimic', message: { role: 'assistant', content }, done: false })}\n`,
    progress: () => '',
    report: (error) => `${JSON.stringify({ error })}\n`,
    end: (eval_count) =>
      `${JSON.stringify({ model: 'mimic', message: { role: 'assistant', content: '' }, done: true, prompt_eval_count: 100, eval_count, eval_duration: 2e8 * eval_count })}\n`,
  },
  '/v1/messages': {
    begin:
      sse({
        type: 'message_start',
        message: { model: 'mimic', usage: { input_tokens: 10, cache_read_input_tokens: 90 } },
      }) + sse({ type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } }),
    text: (text) => sse({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } }),
    progress: () => sse({ type: 'ping' }),
    report: (message) => sse({ type: 'error', error: { type: 'overloaded_error', message } }),
    end: (count) =>
      sse({ type: 'content_block_stop', index: 0 }) +
      sse({ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: count } }) +
      sse({ type: 'message_stop' }),
  },
};
