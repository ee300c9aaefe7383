import { z } from 'zod';
import type { PackageCalls } from './package.js';
import type { Queries } from './query.js';

export type KvEntry = {
  key: string;
  /** As UTF-8 text. */
  value: string;
  /** Grows with each write; what `cas` compares. */
  modifyIndex: number;
  /** How many times the key was locked. */
  lockIndex: number;
  flags: number;
  /** Id of the session that holds the key. */
  session?: string;
};

type Signal = { signal?: AbortSignal };
export type PutOptions = Signal & {
  /** Write only while the key has this `modifyIndex`; 0: only while there is no such key. */
  cas?: number;
  flags?: number;
  /** Session that takes the key with this write. */
  acquire?: string;
  /** Session that lets the key go with this write. */
  release?: string;
};
export type DeleteOptions = Signal & { cas?: number /** Everything that begins with the key. */; recurse?: boolean };

/** The package decodes values, the watch has them in base64: the same schema reads both. */
const entry = z
  .looseObject({
    Key: z.string(),
    Value: z.string().nullish(),
    ModifyIndex: z.number(),
    LockIndex: z.number(),
    Flags: z.number(),
    Session: z.string().optional(),
  })
  .transform(
    ({ Key, Value, ModifyIndex, LockIndex, Flags, Session }): KvEntry => ({
      key: Key,
      value: Value ?? '',
      modifyIndex: ModifyIndex,
      lockIndex: LockIndex,
      flags: Flags,
      ...(Session === undefined ? {} : { session: Session }),
    }),
  );
const encodedEntry = entry.transform((read) => ({ ...read, value: Buffer.from(read.value, 'base64').toString() }));
const encodedEntries = z
  .array(encodedEntry)
  .nullable()
  .transform((list) => list ?? []);

/** The package gives undefined where Consul answered `false`. */
const done = z.boolean().default(false);

/** Consul's key-value store. Keys are paths with `/`. */
export class Kv {
  readonly #calls: PackageCalls;
  readonly #queries: Queries;

  constructor(calls: PackageCalls, queries: Queries) {
    this.#calls = calls;
    this.#queries = queries;
  }

  get(key: string, { signal }: Signal = {}): Promise<KvEntry | undefined> {
    return this.#calls.run(entry.optional(), `GET /v1/kv/${key}`, signal, (consul, options) =>
      consul.kv.get({ key, ...options }),
    );
  }

  /** Everything that begins with `prefix`, by key. */
  list(prefix: string, { signal }: Signal = {}): Promise<KvEntry[]> {
    return this.#calls.run(z.array(entry).default([]), `GET /v1/kv/${prefix}`, signal, (consul, options) =>
      consul.kv.get({ key: prefix, recurse: true, ...options }),
    );
  }

  /** False when nothing was written: the key changed (`cas`), or another session holds it (`acquire`). */
  put(key: string, value: string, { signal, ...how }: PutOptions = {}): Promise<boolean> {
    return this.#calls.run(done, `PUT /v1/kv/${key}`, signal, (consul, options) =>
      consul.kv.set({ key, value, ...how, ...options }),
    );
  }

  /** False when nothing was deleted because the key changed (`cas`). A key that is not there counts as deleted. */
  delete(key: string, { signal, ...how }: DeleteOptions = {}): Promise<boolean> {
    return this.#calls.run(done, `DELETE /v1/kv/${key}`, signal, (consul, options) =>
      consul.kv.del({ key, ...how, ...options }),
    );
  }

  /** The entry now and after each change; undefined while there is none. Ends with `signal`. */
  async *watch(key: string, signal: AbortSignal): AsyncGenerator<KvEntry | undefined, void> {
    for await (const [found] of this.#queries.watch(encodedEntries, pathOf(key), signal)) yield found;
  }

  /** Everything that begins with `prefix`, now and after each change. Ends with `signal`. */
  watchList(prefix: string, signal: AbortSignal): AsyncGenerator<KvEntry[], void> {
    return this.#queries.watch(encodedEntries, pathOf(prefix), signal, { query: { recurse: true } });
  }
}

const pathOf = (key: string): string => `/v1/kv/${key.split('/').map(encodeURIComponent).join('/')}`;
