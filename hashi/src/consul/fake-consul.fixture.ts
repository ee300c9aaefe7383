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

type Answer = { value?: unknown; status?: number; text?: string };

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
    const [, area = '', rest = ''] =
      /^\/v1\/(catalog\/services|health\/service|agent|kv|session)\/?(.*)$/.exec(path) ?? [];
    const { value, status = 200, text } = this.#value(area, rest, seen);
    if (text !== undefined) words(response, status, text);
    else json(response, value, { 'x-consul-index': this.#index }, status);
  }

  #value(area: string, rest: string, seen: Seen): Answer {
    switch (area) {
      case 'catalog/services':
        return { value: this.#names() };
      case 'health/service':
        return { value: this.#health(rest) };
      case 'agent':
        return this.#agent(rest, seen.body);
      case 'kv':
        return this.#kv(rest, seen);
      case 'session':
        return this.#session(rest);
      default:
        return { status: 404, text: 'no such endpoint' };
    }
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

  /** `service/register`, `service/deregister/ID`, `check/pass/service:ID` or `check/fail/service:ID`. */
  #agent(rest: string, body: unknown): Answer {
    const [, verb, id = ''] = /^(?:service|check)\/(\w+)(?:\/(?:service:)?(.+))?$/.exec(rest) ?? [];
    const service = this.#services.get(id);
    if (verb === 'register') {
      const registration = body as Registration;
      const Status = registration.Check === undefined ? 'passing' : (registration.Check.Status ?? 'critical');
      this.#services.set(registration.ID, { ...registration, Status });
    } else if (service === undefined) return { status: 404, text: 'Unknown service or check' };
    else if (verb === 'deregister') this.#services.delete(id);
    else service.Status = verb === 'pass' ? 'passing' : 'critical';
    this.#changed();
    return { value: null };
  }

  #kv(key: string, { method, query, body }: Seen): Answer {
    const found = [...this.#keys]
      .filter(([name]) => (query.has('recurse') ? name.startsWith(key) : name === key))
      .sort(([a], [b]) => (a < b ? -1 : 1));
    if (method === 'GET') {
      const value = found.map(([Key, rest]) => ({ Key, Flags: 0, ...rest, Value: encoded(rest.Value) }));
      return { value, status: value.length === 0 ? 404 : 200 };
    }
    const present = this.#keys.get(key);
    const cas = query.get('cas');
    if (cas !== null && Number(cas) !== (present?.ModifyIndex ?? 0)) return { value: false };
    if (method === 'DELETE') {
      for (const [name] of found) this.#keys.delete(name);
      if (found.length > 0) this.#changed();
      return { value: true };
    }
    return { value: this.#put(key, present, typeof body === 'string' ? body : JSON.stringify(body), query) };
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
  #session(rest: string): Answer {
    const [verb = '', id = ''] = rest.split('/');
    if (verb === 'create') {
      const ID = randomUUID();
      this.#sessions.add(ID);
      return { value: { ID } };
    }
    if (verb === 'renew' && !this.#sessions.has(id)) return { status: 404, text: 'Session id not found' };
    if (verb === 'destroy') {
      this.#sessions.delete(id);
      for (const key of this.#keys.values()) if (key.Session === id) delete key.Session;
      this.#changed();
    }
    return { value: [{ ID: id }] };
  }
}

const encoded = (value: string): string | null => (value === '' ? null : Buffer.from(value).toString('base64'));
