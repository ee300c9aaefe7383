import { z } from 'zod';
import { changes, type Polled, SLACK_MS } from '../blocking.js';
import type { Clock } from '../clock.js';
import type { Http, HttpAnswer, HttpRequest, Query } from '../http.js';

/** What every call takes. */
export type Call = {
  signal?: AbortSignal | undefined;
  /** Time for the answer, in ms; 10 s when left out. */
  timeoutMs?: number | undefined;
  /** Instead of the client's own; `*` in lists: all that the token may see. */
  namespace?: string | undefined;
  region?: string | undefined;
};

/** What lists take besides. */
export type ListCall = Call & {
  /** Ids that begin with this. */
  prefix?: string;
  /** Nomad's filter expression, for example `Status == "running"`. */
  filter?: string;
};

type Request = { query?: Query; body?: unknown; statuses?: readonly number[] };

/** Calls to Nomad with namespace and region; the groups (`jobs`, `nodes`, …) are written over it. */
export class NomadApi {
  readonly http: Http;
  readonly clock: Clock;
  readonly #namespace: string | undefined;
  readonly #region: string | undefined;

  constructor(http: Http, clock: Clock, namespace: string | undefined, region: string | undefined) {
    this.http = http;
    this.clock = clock;
    this.#namespace = namespace;
    this.#region = region;
  }

  get<S extends z.ZodType>(schema: S, path: string, call: Call = {}, query: Query = {}): Promise<z.infer<S>> {
    return this.http.json(schema, this.request('GET', path, call, { query }));
  }

  list<S extends z.ZodType>(item: S, path: string, { prefix, filter, ...call }: ListCall = {}): Promise<z.infer<S>[]> {
    return this.get(listOf(item), path, call, { prefix, filter });
  }

  /** What `get` gives, now and after each change, until `signal` aborts. */
  watch<S extends z.ZodType>(
    schema: S,
    path: string,
    signal: AbortSignal,
    call: Call = {},
  ): AsyncGenerator<z.infer<S>, void> {
    const { http, clock } = this;
    const ask = async (index: number, waitMs: number): Promise<Polled<z.infer<S>>> => {
      const query = index > 0 ? { index, wait: `${waitMs}ms` } : {};
      const timeoutMs = index > 0 ? waitMs * (17 / 16) + SLACK_MS : call.timeoutMs;
      const request = this.request('GET', path, { ...call, signal, timeoutMs }, { query });
      const { headers, text } = await http.text({ ...request, held: true });
      return { index: Number(headers['x-nomad-index'] ?? 0), value: http.parse(schema, text, `GET ${path}`) };
    };
    return changes(ask, { signal, clock });
  }

  /** What `get` gives, or undefined for a 404. */
  async find<S extends z.ZodType>(schema: S, path: string, call: Call = {}): Promise<z.infer<S> | undefined> {
    const { status, text } = await this.http.text(this.request('GET', path, call, { statuses: [404] }));
    return status === 404 ? undefined : this.http.parse(schema, text, `GET ${path}`);
  }

  post<S extends z.ZodType>(
    schema: S,
    path: string,
    body: unknown,
    call: Call = {},
    query: Query = {},
  ): Promise<z.infer<S>> {
    return this.http.json(schema, this.request('POST', path, call, { body, query }));
  }

  delete<S extends z.ZodType>(schema: S, path: string, call: Call = {}, query: Query = {}): Promise<z.infer<S>> {
    return this.http.json(schema, this.request('DELETE', path, call, { query }));
  }

  /** For answers that are more than success and failure. */
  raw(method: 'PUT' | 'POST' | 'DELETE', path: string, call: Call, request: Request): Promise<HttpAnswer> {
    return this.http.text(this.request(method, path, call, request));
  }

  request(
    method: 'GET' | 'PUT' | 'POST' | 'DELETE',
    path: string,
    { signal, timeoutMs, namespace = this.#namespace, region = this.#region }: Call,
    { query = {}, body, statuses = [] }: Request,
  ): HttpRequest {
    return { method, path, query: { namespace, region, ...query }, body, signal, timeoutMs, statuses };
  }
}

/** Go writes an empty list as `null`. */
export const listOf = <S extends z.ZodType>(item: S) =>
  z
    .array(item)
    .nullish()
    .transform((list) => list ?? []);

export const mapOf = <S extends z.ZodType>(value: S) =>
  z
    .record(z.string(), value)
    .nullish()
    .transform((map) => map ?? {});

/** Calls that answer with nothing worth reading. */
export const anything = z.unknown();

export const part = encodeURIComponent;
