import type { z } from 'zod';
import { changes, type Polled, type Polling, SLACK_MS } from '../blocking.js';
import type { Clock } from '../clock.js';
import type { HashiError } from '../errors.js';
import { endpointOf, type Http, type Query } from '../http.js';

export type QueryOptions = {
  datacenter?: string | undefined;
  onTrouble?: ((error: HashiError) => void) | undefined;
  waitMs?: number | undefined;
  floorMs?: number | undefined;
  clock?: Clock | undefined;
};

/** Consul's blocking queries, over one pool of connections. */
export class Queries {
  readonly #http: Http;
  readonly #options: QueryOptions;

  constructor(http: Http, options: QueryOptions) {
    this.#http = http;
    this.#options = options;
  }

  /** The value at `path` now and after each change; `null` is what the schema sees of a 404. Ends with `signal`. */
  watch<S extends z.ZodType>(
    schema: S,
    path: string,
    signal: AbortSignal,
    { query = {}, onTrouble }: { query?: Query; onTrouble?: (error: HashiError) => void } = {},
  ): AsyncGenerator<z.infer<S>, void> {
    const polling: Polling = { signal, clock: this.#options.clock };
    if (this.#options.waitMs !== undefined) polling.waitMs = this.#options.waitMs;
    if (this.#options.floorMs !== undefined) polling.floorMs = this.#options.floorMs;
    polling.onTrouble = (error) => {
      onTrouble?.(error);
      this.#options.onTrouble?.(error);
    };
    return changes((index, waitMs) => this.#ask(schema, path, query, index, waitMs, signal), polling);
  }

  async #ask<S extends z.ZodType>(
    schema: S,
    path: string,
    query: Query,
    index: number,
    waitMs: number,
    signal: AbortSignal,
  ): Promise<Polled<z.infer<S>>> {
    const request = {
      path,
      query: { dc: this.#options.datacenter, ...query, ...(index > 0 ? { index, wait: `${waitMs}ms` } : {}) },
      signal,
      statuses: [404],
      held: true,
      ...(index > 0 ? { timeoutMs: waitMs * (17 / 16) + SLACK_MS } : {}),
    };
    const { status, headers, text } = await this.#http.text(request);
    const value = this.#http.parse(schema, status === 404 ? 'null' : text, endpointOf(request));
    return { index: Number(headers['x-consul-index'] ?? 0), value };
  }
}
