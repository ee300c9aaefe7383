import { randomUUID } from 'node:crypto';
import type { Seen } from '../loopback.fixture.js';
import type { Answer } from './fake-answer.fixture.js';

type Stored = { Items: Record<string, string>; CreateIndex: number; ModifyIndex: number; lock?: string };
type Sent = { Items?: Record<string, string>; Lock?: { ID?: string } };

/** Variables of one scripted Nomad: checked writes, and locks that nobody's time ends. */
export class FakeVariables {
  readonly #stored = new Map<string, Stored>();
  #index = 100;

  list({ query }: Seen): Answer {
    const wanted = nameOf(query, query.get('prefix') ?? '');
    const names = [...this.#stored.keys()].filter((name) => name.startsWith(wanted)).sort();
    return { value: names.map((name) => this.#shown(name)) };
  }

  one(path: string, { method, query, body }: Seen): Answer {
    const name = nameOf(query, path);
    const stored = this.#stored.get(name);
    if (method === 'GET') return stored ? { value: this.#shown(name) } : { status: 404, text: 'variable not found' };
    const { Items = {}, Lock } = body as Sent;
    const mine = stored?.lock === undefined || stored.lock === Lock?.ID;
    if (query.has('lock-renew') || query.has('lock-release')) return this.#hold(name, stored, mine, query);
    const cas = query.get('cas');
    const fits = cas === null || Number(cas) === (stored?.ModifyIndex ?? 0);
    if (method === 'DELETE') {
      if (!fits || stored?.lock !== undefined) return { value: this.#shown(name), status: 409 };
      this.#stored.delete(name);
      return { status: 204, text: '' };
    }
    if (!mine) return { value: { ...this.#shown(name), Items: null, ModifyIndex: 0 }, status: 409 };
    if (!fits) return { value: this.#shown(name), status: 409 };
    const lock = query.has('lock-acquire') ? randomUUID() : stored?.lock;
    const ModifyIndex = ++this.#index;
    const CreateIndex = stored?.CreateIndex ?? ModifyIndex;
    this.#stored.set(name, { Items, CreateIndex, ModifyIndex, ...(lock === undefined ? {} : { lock }) });
    return { value: { ...this.#shown(name), ...(lock === undefined ? {} : { Lock: { ID: lock } }) } };
  }

  #hold(name: string, stored: Stored | undefined, mine: boolean, query: URLSearchParams): Answer {
    if (stored?.lock === undefined) return { status: 409, text: "variable doesn't hold a lock" };
    if (!mine) return { status: 409, text: 'attempting to modify locked variable' };
    if (query.has('lock-release')) delete stored.lock;
    return { value: this.#shown(name) };
  }

  #shown(name: string): object {
    const [Namespace = '', Path = ''] = name.split('\n');
    const { Items = null, CreateIndex = 0, ModifyIndex = 0 } = this.#stored.get(name) ?? {};
    return { Namespace, Path, Items, CreateIndex, ModifyIndex };
  }
}

const nameOf = (query: URLSearchParams, path: string): string => `${query.get('namespace') ?? 'default'}\n${path}`;
