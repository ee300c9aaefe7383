import { Backoff } from '../backoff.js';
import { type Clock, realClock } from '../clock.js';
import { deadline } from '../deadline.js';
import { HashiError } from '../errors.js';
import type { Kv } from './kv.js';
import { SESSION_TTL_MS, type Sessions } from './sessions.js';

export type LockOptions = {
  /** Written to the key, for people who look at it. */
  value?: string;
  /** A holder that is gone without a word keeps the lock for up to twice this, in ms; 10 s at least. */
  ttlMs?: number;
  /** See `SessionOptions`. */
  lockDelayMs?: number;
};

export type LockHandle = {
  key: string;
  /** Id of the session that holds the lock. */
  session: string;
  /** Aborts when the lock is no longer held, by `release` too; its reason says why. */
  lost: AbortSignal;
  /**
   * Lets go and waits until Consul knows; call it for a lost lock too. Never throws: what cannot be told to Consul ends
   * with the session's time.
   */
  release(): Promise<void>;
};

/**
 * Waits until the lock at `key` is free and takes it.
 * @throws the reason of `signal` when it aborts before; HashiError when Consul refuses.
 */
export async function takeLock(
  { kv, sessions, clock = realClock }: { kv: Kv; sessions: Sessions; clock?: Clock | undefined },
  key: string,
  signal: AbortSignal,
  { value = '', ttlMs = SESSION_TTL_MS, lockDelayMs }: LockOptions = {},
): Promise<LockHandle> {
  const delay = lockDelayMs === undefined ? {} : { lockDelayMs };
  const session = await sessions.create({ name: `lock ${key}`, ttlMs, signal, ...delay });
  const stop = new AbortController();
  const lost = new AbortController();
  const keeping = sessions.keep(session, ttlMs, stop.signal).catch((error: unknown) => lost.abort(error));
  const end = async (): Promise<void> => {
    stop.abort();
    await keeping;
    await sessions.destroy(session).catch(() => undefined);
  };
  const waiting = deadline([signal, lost.signal]);
  try {
    await acquire(kv, key, value, session, waiting.signal, clock);
  } catch (error) {
    await end();
    throw error;
  } finally {
    waiting.end();
  }
  const watching = watchHolder(kv, key, session, stop.signal).then(
    (why) => why && lost.abort(why),
    (error: unknown) => lost.abort(error),
  );
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    stop.abort();
    await watching;
    await kv.put(key, value, { release: session }).catch(() => undefined);
    await end();
    lost.abort(new HashiError('TWIN_CONSUL_LOCK_RELEASED', `PUT /v1/kv/${key}`, `The lock ${key} was released.`));
  };
  return { key, session, lost: lost.signal, release: () => (released ??= release()) };
}

async function acquire(
  kv: Kv,
  key: string,
  value: string,
  session: string,
  signal: AbortSignal,
  clock: Clock,
): Promise<void> {
  // A key without a holder may still be barred, for the lock delay of the last one; nothing tells when that is over.
  const barred = new Backoff({ firstMs: 250, longestMs: 2_000, clock });
  while (!(await kv.put(key, value, { acquire: session, signal }))) {
    for await (const entry of kv.watch(key, signal)) if (entry?.session === undefined) break;
    await barred.wait(signal);
    signal.throwIfAborted();
  }
}

/** Ends when the key is no longer the session's, with the reason, or when `signal` aborts, with nothing. */
async function watchHolder(kv: Kv, key: string, session: string, signal: AbortSignal): Promise<HashiError | undefined> {
  for await (const entry of kv.watch(key, signal)) {
    if (entry?.session === session) continue;
    const message = `The lock ${key} is held by ${entry?.session === undefined ? 'nobody' : 'another session'} now.`;
    const next = 'Stop what the lock protects, then take it again.';
    return new HashiError('TWIN_CONSUL_LOCK_LOST', `GET /v1/kv/${key}`, message, { next });
  }
  return undefined;
}
