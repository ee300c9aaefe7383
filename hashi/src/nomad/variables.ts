import { z } from 'zod';
import { type Call, type ListCall, mapOf, type NomadApi } from './api.js';

const lock = z.looseObject({ ID: z.string() });
const stub = z.looseObject({
  Namespace: z.string(),
  Path: z.string(),
  CreateIndex: z.number(),
  /** Grows with each write; what `cas` compares. */
  ModifyIndex: z.number(),
});
/** `Lock` is shown to its holder only. */
const variable = stub.extend({ Items: mapOf(z.string()), Lock: lock.nullish() });
export type Variable = z.infer<typeof variable>;

/**
 * What became of a write. `conflict`: nothing was written, because the variable changed or somebody else holds its lock;
 * `current` is what it is now, where Nomad tells (not while it is locked, nor to a token that may not read it).
 */
export type Written = { ok: true; variable: Variable } | { ok: false; current: Variable | undefined };

export type WriteOptions = Call & {
  /** Write only while the variable has this `ModifyIndex`; 0: only while there is none. */
  cas?: number;
  /** Id of the lock that the writer holds. */
  lockId?: string;
};

export type LockOptions = Call & {
  /** Without a renewal for this long the lock ends, in ms; 10 s to 24 h. */
  ttlMs?: number;
  /** How long nobody can take the lock after it ended without a release, in ms. */
  delayMs?: number;
};

const TTL_MS = 15_000;
const CONFLICT = 409;

/** Nomad's encrypted variables: maps of strings at paths, with checked writes and locks. */
export class Variables {
  readonly #api: NomadApi;

  constructor(api: NomadApi) {
    this.#api = api;
  }

  /** Metadata of the variables whose path begins with `prefix`. */
  list(call: ListCall = {}): Promise<z.infer<typeof stub>[]> {
    return this.#api.list(stub, '/v1/vars', call);
  }

  /** Undefined when there is none. */
  read(path: string, call: Call = {}): Promise<Variable | undefined> {
    return this.#api.find(variable, pathOf(path), call);
  }

  /** Replaces all items. */
  async write(
    path: string,
    items: Record<string, string>,
    { cas, lockId, ...call }: WriteOptions = {},
  ): Promise<Written> {
    const body = { Path: path, Items: items, ...(lockId === undefined ? {} : { Lock: { ID: lockId } }) };
    return this.#apply(path, { cas }, body, call);
  }

  /** False, with nothing removed, when the variable changed (`cas`) or is locked. One that is not there counts as removed. */
  async remove(path: string, { cas, ...call }: Call & { cas?: number } = {}): Promise<boolean> {
    const { status } = await this.#api.raw('DELETE', pathOf(path), call, { query: { cas }, statuses: [CONFLICT] });
    return status !== CONFLICT;
  }

  /** Takes the lock and replaces all items in one step. The lock's id is in the answer's `variable.Lock.ID`. */
  async lock(
    path: string,
    items: Record<string, string>,
    { ttlMs = TTL_MS, delayMs = TTL_MS, ...call }: LockOptions = {},
  ): Promise<Written> {
    const body = { Path: path, Items: items, Lock: { TTL: `${ttlMs}ms`, LockDelay: `${delayMs}ms` } };
    return this.#apply(path, { 'lock-acquire': true }, body, call);
  }

  /** Keeps a lock for another TTL. False when it is no longer held. */
  async renew(path: string, lockId: string, call: Call = {}): Promise<boolean> {
    return this.#holds(path, 'lock-renew', lockId, call);
  }

  /** Lets a lock go; the items stay. False when it was no longer held. */
  async release(path: string, lockId: string, call: Call = {}): Promise<boolean> {
    return this.#holds(path, 'lock-release', lockId, call);
  }

  async #apply(path: string, query: Record<string, number | boolean | undefined>, body: object, call: Call) {
    const { status, text } = await this.#api.raw('PUT', pathOf(path), call, { query, body, statuses: [CONFLICT] });
    if (status === CONFLICT) return { ok: false as const, current: readConflict(text) };
    return { ok: true as const, variable: this.#api.http.parse(variable, text, `PUT ${pathOf(path)}`) };
  }

  async #holds(path: string, operation: string, lockId: string, call: Call): Promise<boolean> {
    const body = { Path: path, Lock: { ID: lockId } };
    const query = { [operation]: true };
    const { status } = await this.#api.raw('PUT', pathOf(path), call, { query, body, statuses: [404, CONFLICT] });
    return status < 300;
  }
}

/** The variable inside a 409; Nomad answers with words only, or with an empty variable, when it may not show it. */
function readConflict(text: string): Variable | undefined {
  try {
    const read = variable.parse(JSON.parse(text));
    return read.ModifyIndex > 0 ? read : undefined;
  } catch {
    return undefined;
  }
}

const pathOf = (path: string): string => `/v1/var/${path.split('/').map(encodeURIComponent).join('/')}`;
