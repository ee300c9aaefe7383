import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { json, type Loopback, type Seen, serve, words } from '../loopback.fixture.js';

type Registration = {
  ID: string;
  Name: string;
  Address?: string;
  Port?: number;
  Tags?: string[];
  Meta?: Record<string, string>;
  Check?: { TTL: string; Status?: string };
};
type Key = { Value: string; CreateIndex: number; ModifyIndex: number; LockIndex: number; Session?: string };

const NODE = { Node: 'fake', Address: '127.0.0.1' };

/** Consul as far as the contract goes: one node, blocking queries, checks with a TTL that nobody counts. */
export class FakeConsul {
  readonly #services = new Map<string, Registration & { Status: string }>();
  readonly #keys = new Map<string, Key>();
  readonly #sessions = new Set<string>();
  readonly #held = new Set<() => void>();
  #index = 10;
  server!: Loopback;

  async start(): Promise<this> {
    this.server = await serve((seen, response) => this.#answer(seen, response));
    return this;
  }

  /** How many queries are held now. */
  held(): number {
    return this.#held.size;
  }

  #answer(seen: Seen, response: ServerResponse): void {
    const { method, path, query } = seen;
    const index = Number(query.get('index') ?? 0);
    if (method === 'GET' && index >= this.#index) {
      const again = (): void => this.#answer(seen, response);
      this.#held.add(again);
      response.once('close', () => this.#held.delete(again));
      return;
    }
    const rest = (prefix: string): string => path.slice(prefix.length);
    if (path === '/v1/catalog/services') this.#reply(response, this.#names());
    else if (path.startsWith('/v1/health/service/')) this.#reply(response, this.#health(rest('/v1/health/service/')));
    else if (path === '/v1/agent/service/register') this.#register(seen.body as Registration, response);
    else if (path.startsWith('/v1/agent/service/deregister/'))
      this.#deregister(rest('/v1/agent/service/deregister/'), response);
    else if (path.startsWith('/v1/agent/check/')) this.#check(rest('/v1/agent/check/'), response);
    else if (path.startsWith('/v1/kv/')) this.#kv(rest('/v1/kv/'), seen, response);
    else if (path.startsWith('/v1/session/')) this.#session(rest('/v1/session/'), response);
    else words(response, 404, 'no such endpoint');
  }

  #reply(response: ServerResponse, value: unknown, status = 200): void {
    json(response, value, { 'x-consul-index': this.#index }, status);
  }

  #changed(): number {
    this.#index++;
    const held = [...this.#held];
    this.#held.clear();
    for (const again of held) again();
    return this.#index;
  }

  #names(): Record<string, string[]> {
    const names: Record<string, string[]> = { consul: [] };
    for (const { Name, Tags = [] } of this.#services.values())
      names[Name] = [...new Set([...(names[Name] ?? []), ...Tags])];
    return names;
  }

  #health(name: string): unknown[] {
    return [...this.#services.values()]
      .filter(({ Name }) => Name === name)
      .map(({ ID, Name, Address = '', Port = 0, Tags = [], Meta = {}, Status }) => ({
        Node: NODE,
        Service: { ID, Service: Name, Address, Port, Tags, Meta },
        Checks: [{ Status: 'passing' }, { Status }],
      }));
  }

  #register(registration: Registration, response: ServerResponse): void {
    const Status = registration.Check === undefined ? 'passing' : (registration.Check.Status ?? 'critical');
    this.#services.set(registration.ID, { ...registration, Status });
    this.#changed();
    json(response, null);
  }

  #deregister(id: string, response: ServerResponse): void {
    this.#services.delete(id);
    this.#changed();
    json(response, null);
  }

  /** `pass/service:ID` or `fail/service:ID`. */
  #check(path: string, response: ServerResponse): void {
    const [, verb, id = ''] = /^(pass|fail)\/service:(.+)$/.exec(path) ?? [];
    const service = this.#services.get(id);
    if (service === undefined) return words(response, 404, 'Unknown check');
    service.Status = verb === 'pass' ? 'passing' : 'critical';
    this.#changed();
    json(response, null);
  }

  #kv(key: string, { method, query, body }: Seen, response: ServerResponse): void {
    const found = [...this.#keys]
      .filter(([name]) => (query.has('recurse') ? name.startsWith(key) : name === key))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    if (method === 'GET') {
      const list = found.map(([Key, rest]) => ({ Key, Flags: 0, ...rest, Value: encoded(rest.Value) }));
      return this.#reply(response, list, list.length === 0 ? 404 : 200);
    }
    const present = this.#keys.get(key);
    const cas = query.get('cas');
    if (cas !== null && Number(cas) !== (present?.ModifyIndex ?? 0)) return json(response, false);
    if (method === 'DELETE') {
      for (const [name] of found) this.#keys.delete(name);
      if (found.length > 0) this.#changed();
      return json(response, true);
    }
    json(response, this.#put(key, present, typeof body === 'string' ? body : JSON.stringify(body), query));
  }

  #put(key: string, present: Key | undefined, Value: string, query: URLSearchParams): boolean {
    const [acquire, release] = [query.get('acquire'), query.get('release')];
    if (acquire !== null && present?.Session !== undefined && present.Session !== acquire) return false;
    if (release !== null && present?.Session !== release) return false;
    const next = this.#index + 1;
    const { CreateIndex = next, LockIndex = 0, Session } = present ?? {};
    const holder = release === null ? (acquire ?? Session) : undefined;
    const taken = acquire !== null && Session === undefined ? 1 : 0;
    this.#keys.set(key, {
      Value,
      CreateIndex,
      ModifyIndex: next,
      LockIndex: LockIndex + taken,
      ...(holder === undefined ? {} : { Session: holder }),
    });
    this.#changed();
    return true;
  }

  /** `create`, `renew/ID` or `destroy/ID`. */
  #session(path: string, response: ServerResponse): void {
    const [verb = '', id = ''] = path.split('/');
    if (verb === 'create') {
      const ID = randomUUID();
      this.#sessions.add(ID);
      return json(response, { ID });
    }
    if (verb === 'renew')
      return this.#sessions.has(id) ? json(response, [{ ID: id }]) : words(response, 404, 'Session id not found');
    this.#sessions.delete(id);
    for (const key of this.#keys.values()) if (key.Session === id) delete key.Session;
    this.#changed();
    json(response, true);
  }
}

const encoded = (value: string): string | null => (value === '' ? null : Buffer.from(value).toString('base64'));
