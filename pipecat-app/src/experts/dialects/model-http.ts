import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { Agent, request } from 'undici';
import { isAbort, TwinError } from '../../errors.js';
import type { Endpoint } from '../endpoint.js';
import { type Asked, SingleRequests } from './single-request.js';

/** Most bytes of an error page that are looked at. */
const ERROR_BYTES = 2000;
const CONNECT_MS = 5000;
const MOST_URLS = 100;

export type Call = { path: string; body?: object; headers?: Record<string, string> };

type Answer = { status: number; body: Readable };

/** Requests to servers of language models: what may stay open over one pool of connections, streams without TLS each on its own. */
export class ModelHttp {
  readonly #agent: Agent;
  readonly #single: SingleRequests;
  /** Addresses that were asked, so that each is taken apart once. */
  readonly #urls = new Map<string, URL>();
  readonly #stallMs: number;

  /** @param stallMs longest silence of a server, in ms; 0 when somebody else watches over it */
  constructor(stallMs = 0) {
    this.#stallMs = stallMs;
    this.#agent = new Agent({ headersTimeout: stallMs, bodyTimeout: stallMs, connectTimeout: CONNECT_MS });
    this.#single = new SingleRequests({ connectMs: CONNECT_MS, stallMs });
  }

  /**
   * The body of a 200 answer; POST when there is a `body`. Whoever takes it destroys it.
   * @throws TwinError `TWIN_LLM_UNAVAILABLE` (retryable), `TWIN_LLM_REFUSED`; AbortError.
   */
  async open(endpoint: Endpoint, { path, body, headers = {} }: Call, signal: AbortSignal): Promise<Readable> {
    const asked = {
      method: body ? ('POST' as const) : ('GET' as const),
      headers: {
        accept: 'text/event-stream, application/json',
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(endpoint.apiKey === '' ? {} : { authorization: `Bearer ${endpoint.apiKey}` }),
        ...headers,
      },
      body: body ? JSON.stringify(body) : '',
    };
    let answer: Answer;
    try {
      answer = await this.#ask(this.#url(endpoint.baseUrl.replace(/\/+$/, '') + path), asked, signal);
    } catch (error) {
      throw this.failure(endpoint, error, signal);
    }
    if (answer.status === 200) return answer.body;
    const page = await text(answer.body).then(
      (all) => all.slice(0, ERROR_BYTES),
      () => '',
    );
    throw refusal(endpoint, answer.status, page);
  }

  #url(address: string): URL {
    let url = this.#urls.get(address);
    if (url === undefined) {
      if (this.#urls.size >= MOST_URLS) this.#urls.clear();
      url = new URL(address);
      this.#urls.set(address, url);
    }
    return url;
  }

  async #ask(url: URL, asked: Asked, signal: AbortSignal): Promise<Answer> {
    // llama-server closes the connection of a stream a moment after its end, although it said that it would keep it. A
    // question on it would fail, and the server would be taken for dead.
    if (asked.method === 'POST' && url.protocol === 'http:') {
      const response = await this.#single.send(url, asked, signal);
      return { status: response.statusCode ?? 0, body: response };
    }
    const { statusCode, body } = await request(url, {
      ...asked,
      body: asked.body === '' ? null : asked.body,
      signal,
      dispatcher: this.#agent,
    });
    return { status: statusCode, body };
  }

  /** The JSON of a 200 answer; undefined when it is none. @throws as `open`. */
  async json(endpoint: Endpoint, call: Call, signal: AbortSignal): Promise<unknown> {
    const body = await this.open(endpoint, call, signal);
    try {
      const pieces: Uint8Array[] = [];
      for await (const bytes of body) pieces.push(bytes as Uint8Array);
      return JSON.parse(Buffer.concat(pieces).toString('utf8')) as unknown;
    } catch (error) {
      if (error instanceof SyntaxError) return undefined;
      throw this.failure(endpoint, error, signal);
    } finally {
      body.destroy();
    }
  }

  /** What is thrown for `error`: the reason of an aborted `signal`, or a TwinError. */
  failure(endpoint: Endpoint, error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof TwinError || isAbort(error)) return error;
    const code = (error as { code?: string }).code ?? '';
    if (/TIMEOUT/.test(code)) {
      const silence = this.#stallMs > 0 ? this.#stallMs : CONNECT_MS;
      return broken(endpoint, `sent nothing for ${silence / 1000} s`, error);
    }
    if (error instanceof SyntaxError || (error instanceof Error && error.name === 'ZodError'))
      return broken(endpoint, 'sent what is no answer', error);
    return broken(endpoint, code === 'ECONNREFUSED' ? 'cannot be reached' : 'broke off', error);
  }

  async close(): Promise<void> {
    this.#single.close();
    await this.#agent.destroy();
  }
}

/** The server is there and does not answer as it should; asking again, here or elsewhere, may help. */
export function broken(endpoint: Endpoint, how: string, cause?: unknown): TwinError {
  return new TwinError('TWIN_LLM_UNAVAILABLE', `The language model's server ${how}.`, {
    next: `Check ${endpoint.settings.address} and that the server runs.`,
    retryable: true,
    cause,
  });
}

/** What a status other than 200 means, in words; what the server says is kept short and without line breaks. */
function refusal({ settings }: Endpoint, status: number, page: string): TwinError {
  const said = /"(?:message|error)"\s*:\s*"((?:[^"\\]|\\.){1,200})/.exec(page)?.[1]?.replace(/\s+/g, ' ');
  const because = said === undefined ? '' : `: ${said}`;
  if (status === 401 || status === 403) {
    return new TwinError('TWIN_LLM_REFUSED', `The language model's server refuses the key (${status}).`, {
      next: `Set ${settings.key}.`,
    });
  }
  if (status === 404) {
    return new TwinError(
      'TWIN_LLM_REFUSED',
      `The language model's server does not know this model or address (404)${because}.`,
      { next: `Check the address in ${settings.address} and the model's name.` },
    );
  }
  const retryable = status === 429 || status >= 500;
  return new TwinError(
    retryable ? 'TWIN_LLM_UNAVAILABLE' : 'TWIN_LLM_REFUSED',
    `The language model's server answers ${status}${because}.`,
    { next: retryable ? 'Ask again in a moment.' : 'Look at the log of that server.', retryable },
  );
}
