import type { Clock } from './clock.js';
import type { ServiceInstance } from './consul/instance.js';
import { Kv } from './consul/kv.js';
import { type LockHandle, type LockOptions, takeLock } from './consul/lock.js';
import { type Member, readMembers } from './consul/members.js';
import { PackageCalls } from './consul/package.js';
import { Queries } from './consul/query.js';
import { watchNames, watchService, watchServices } from './consul/services.js';
import { Sessions } from './consul/sessions.js';
import type { HashiError } from './errors.js';
import { Http } from './http.js';
import { type Token, tokenFromFile, tokenNow } from './token.js';

export type ConsulOptions = {
  /** `http://host:port` or `host:port`; `http://127.0.0.1:8500` when left out. */
  address?: string;
  token?: Token;
  datacenter?: string;
  /** Told of each failure of a watch that is tried again; the watch's last value stays the valid one. */
  onTrouble?: (error: HashiError) => void;
  /** Longest time the server holds a query of a watch, in ms; 5 minutes. */
  waitMs?: number;
  /** Shortest time between two queries of one watch, in ms; 200. */
  floorMs?: number;
  clock?: Clock;
};

/**
 * Consul: watches of services, key-value store, sessions and locks. Watches begin with the present value, yield each
 * new one, outlive failures of Consul, and end quietly when their signal aborts.
 *
 * @example
 * for await (const services of consul.watchServices('llama-api-', signal))
 *   for (const [name, instances] of services) console.log(name, instances.filter(({ passing }) => passing).length);
 */
export class Consul {
  readonly kv: Kv;
  readonly sessions: Sessions;
  readonly #http: Http;
  readonly #calls: PackageCalls;
  readonly #queries: Queries;
  readonly #clock: Clock | undefined;

  constructor(options: ConsulOptions = {}) {
    const { address = 'http://127.0.0.1:8500', token, datacenter, onTrouble, waitMs, floorMs, clock } = options;
    const headers = (): Record<string, string> => {
      const now = tokenNow(token);
      return now === undefined ? {} : { 'x-consul-token': now };
    };
    this.#http = new Http({ server: 'CONSUL', address, headers });
    this.#calls = new PackageCalls(address, token, datacenter);
    this.#queries = new Queries(this.#http, { datacenter, onTrouble, waitMs, floorMs, clock });
    this.#clock = clock;
    this.kv = new Kv(this.#calls, this.#queries);
    this.sessions = new Sessions(this.#calls, clock);
  }

  /** The names of all services with their tags. */
  services(signal: AbortSignal): AsyncIterable<ReadonlyMap<string, string[]>> {
    return watchNames(this.#queries, signal);
  }

  /** Nodes that the agent of this one gossips with, itself included. */
  members(signal?: AbortSignal): Promise<Member[]> {
    return readMembers(this.#calls, signal);
  }

  /** Every instance of one service, healthy or not. */
  watchService(name: string, signal: AbortSignal): AsyncIterable<ServiceInstance[]> {
    return watchService(this.#queries, name, signal);
  }

  /** Every instance of every service whose name begins with `prefix`; a service that is gone leaves the map. */
  watchServices(prefix: string, signal: AbortSignal): AsyncIterable<ReadonlyMap<string, ServiceInstance[]>> {
    return watchServices(this.#queries, prefix, signal);
  }

  /**
   * Waits until the lock at `key` is free and takes it; `signal` ends the waiting.
   * @throws the reason of `signal`, or HashiError.
   */
  lock(key: string, signal: AbortSignal, options: LockOptions = {}): Promise<LockHandle> {
    return takeLock({ kv: this.kv, sessions: this.sessions, clock: this.#clock }, key, signal, options);
  }

  /** Ends all calls and watches, with `TWIN_CONSUL_CLOSED`, and closes the connections. */
  async close(): Promise<void> {
    this.#calls.close();
    await this.#http.close();
  }
}

/** How a process finds its Consul: `CONSUL_HTTP_ADDR`, `CONSUL_HTTP_TOKEN` and `CONSUL_HTTP_TOKEN_FILE`. */
export function consulFromEnv(env: Record<string, string | undefined>): ConsulOptions {
  const { CONSUL_HTTP_ADDR, CONSUL_HTTP_TOKEN, CONSUL_HTTP_TOKEN_FILE } = env;
  const token = CONSUL_HTTP_TOKEN_FILE ? tokenFromFile(CONSUL_HTTP_TOKEN_FILE) : CONSUL_HTTP_TOKEN;
  return { ...(CONSUL_HTTP_ADDR ? { address: CONSUL_HTTP_ADDR } : {}), ...(token ? { token } : {}) };
}
