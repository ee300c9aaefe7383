import { Client, type Dispatcher, Pool } from 'undici';
import type { z } from 'zod';
import { deadline } from './deadline.js';
import { brokeOff, closed, HashiError, late, refusal, type Server, strange, tooLarge, unreachable } from './errors.js';

export type Query = Record<string, string | number | boolean | readonly string[] | undefined>;

export type HttpRequest = {
  method?: 'GET' | 'PUT' | 'POST' | 'DELETE';
  /** With `/v1`; parts that come from outside are encoded already. */
  path: string;
  query?: Query;
  /** Sent as JSON. */
  body?: unknown;
  signal?: AbortSignal | undefined;
  /** Time for the whole answer, in ms. */
  timeoutMs?: number | undefined;
  /** Statuses besides 2xx that are answers too. */
  statuses?: readonly number[];
  /** The server keeps the answer back for long: the request gets a connection of its own, which ends with it. */
  held?: boolean;
};

export type HttpAnswer = { status: number; headers: Dispatcher.ResponseData['headers']; text: string };

export type HttpOptions = {
  server: Server;
  /** `http://host:port`, `host:port`, or `unix:///path`. */
  address: string;
  socketPath?: string | undefined;
  /** Made anew for every request: tokens change. */
  headers: () => Record<string, string>;
  /** Most bytes of one answer. */
  maxBytes?: number;
  timeoutMs?: number;
};

const TIMEOUT_MS = 10_000;
const CONNECT_MS = 5_000;
const MAX_BYTES = 32 * 1024 * 1024;
const ERROR_BYTES = 2_000;

/** Calls to one server over a pool of its own. Failures are `HashiError`s; an abort comes out as the signal's reason. */
export class Http {
  readonly server: Server;
  readonly #pool: Pool;
  readonly #connect: () => Client;
  readonly #prefix: string;
  readonly #where: string;
  readonly #options: HttpOptions;
  readonly #closing = new AbortController();

  constructor(options: HttpOptions) {
    const { server, address, socketPath } = options;
    const url = new URL(/^[a-z]+:\/\//.test(address) ? address : `http://${address}`);
    const socket = socketPath ?? (url.protocol === 'unix:' ? url.pathname : undefined);
    const origin = url.protocol === 'unix:' ? 'http://localhost' : url.origin;
    const connect = { timeout: CONNECT_MS, ...(socket === undefined ? {} : { socketPath: socket }) };
    this.server = server;
    this.#options = options;
    this.#prefix = url.protocol === 'unix:' ? '' : url.pathname.replace(/\/+$/, '');
    this.#where = socket ?? url.origin;
    // Time limits are those of each request.
    this.#pool = new Pool(origin, { connect, headersTimeout: 0, bodyTimeout: 0 });
    this.#connect = () => new Client(origin, { connect, headersTimeout: 0, bodyTimeout: 0 });
  }

  /** @throws HashiError for every status that is neither 2xx nor in `statuses`. */
  async text(request: HttpRequest): Promise<HttpAnswer> {
    const endpoint = endpointOf(request);
    const ms = request.timeoutMs ?? this.#options.timeoutMs ?? TIMEOUT_MS;
    const limit = { ms, late: () => late(this.server, endpoint, ms) };
    const { signal, end } = deadline([request.signal, this.#closing.signal], limit);
    const connection = request.held ? this.#connect() : undefined;
    try {
      const { statusCode: status, headers, body } = await this.#send(connection ?? this.#pool, request, signal);
      const good = (status >= 200 && status < 300) || request.statuses?.includes(status);
      const most = good ? (this.#options.maxBytes ?? MAX_BYTES) : ERROR_BYTES;
      const text = await this.#read(body, endpoint, most, Boolean(good));
      if (!good) throw refusal(this.server, endpoint, status, text);
      return { status, headers, text };
    } catch (error) {
      throw this.#failure(error, endpoint, signal);
    } finally {
      end();
      await connection?.destroy();
    }
  }

  /** @throws HashiError, `TWIN_…_ANSWER` when the answer does not fit `schema`. */
  async json<S extends z.ZodType>(schema: S, request: HttpRequest): Promise<z.infer<S>> {
    const { text } = await this.text(request);
    return this.parse(schema, text, endpointOf(request));
  }

  /** @throws HashiError `TWIN_…_ANSWER` when `text` is no JSON or does not fit. */
  parse<S extends z.ZodType>(schema: S, text: string, endpoint: string): z.infer<S> {
    try {
      return schema.parse(text === '' ? undefined : JSON.parse(text));
    } catch (error) {
      throw strange(this.server, endpoint, error);
    }
  }

  /**
   * The bytes of an answer that does not end by itself. Stops with a `TWIN_…_TIMEOUT` when nothing comes for `idleMs`.
   * Leaving the iteration closes the connection.
   */
  async *stream(request: HttpRequest, idleMs: number): AsyncGenerator<Uint8Array, void> {
    const endpoint = endpointOf(request);
    const { signal, end } = deadline([request.signal, this.#closing.signal]);
    // An aborted request makes the pool open another connection at once, for nobody.
    const connection = this.#connect();
    try {
      const { statusCode: status, body } = await this.#send(connection, request, signal, idleMs);
      if (status !== 200) {
        const said = await this.#read(body, endpoint, ERROR_BYTES, false);
        throw refusal(this.server, endpoint, status, said);
      }
      for await (const chunk of body) yield chunk;
    } catch (error) {
      throw this.#failure(error, endpoint, signal, idleMs);
    } finally {
      end();
      await connection.destroy();
    }
  }

  /** Ends every call and stream, and closes the connections. */
  async close(): Promise<void> {
    this.#closing.abort(closed(this.server, ''));
    await this.#pool.destroy();
  }

  async #send(
    dispatcher: Client | Pool,
    request: HttpRequest,
    signal: AbortSignal,
    idleMs = 0,
  ): Promise<Dispatcher.ResponseData> {
    if (this.#closing.signal.aborted) throw closed(this.server, endpointOf(request));
    // undici would open a connection first.
    signal.throwIfAborted();
    const { method = 'GET', path, query = {}, body } = request;
    const headers: Record<string, string> = { accept: 'application/json', ...this.#options.headers() };
    if (body !== undefined) headers['content-type'] = 'application/json';
    return dispatcher.request({
      method,
      path: this.#prefix + path + queryString(query),
      headers,
      signal,
      headersTimeout: idleMs,
      bodyTimeout: idleMs,
      body: body === undefined ? null : JSON.stringify(body),
    });
  }

  /** Reads up to `most` bytes; more is an error, or cut off where `strict` is false. */
  async #read(body: Dispatcher.ResponseData['body'], endpoint: string, most: number, strict: boolean): Promise<string> {
    const chunks: Uint8Array[] = [];
    let bytes = 0;
    try {
      for await (const chunk of body as AsyncIterable<Uint8Array>) {
        bytes += chunk.length;
        if (bytes > most && strict) throw tooLarge(this.server, endpoint, most);
        chunks.push(chunk);
        if (bytes > most) break;
      }
    } finally {
      body.destroy();
    }
    return Buffer.concat(chunks).subarray(0, most).toString('utf8');
  }

  #failure(error: unknown, endpoint: string, signal: AbortSignal, idleMs = 0): unknown {
    if (this.#closing.signal.aborted) return closed(this.server, endpoint);
    if (signal.aborted) return signal.reason;
    if (error instanceof HashiError) return error;
    const code = (error as { code?: string }).code ?? '';
    if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT')
      return late(this.server, endpoint, idleMs);
    if (/^(ECONNREFUSED|ENOTFOUND|ENOENT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|UND_ERR_CONNECT_TIMEOUT)$/.test(code))
      return unreachable(this.server, endpoint, this.#where, error);
    return brokeOff(this.server, endpoint, error);
  }
}

export const endpointOf = ({ method = 'GET', path }: HttpRequest): string => `${method} ${path}`;

function queryString(query: Query): string {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === false) continue;
    for (const each of Array.isArray(value) ? value : [value]) params.append(name, String(each));
  }
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
}
