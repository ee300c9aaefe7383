import { setMaxListeners } from 'node:events';

/** A signal that follows others and a time limit. `end()` must be called: it takes back every listener and the timer. */
export type Deadline = { signal: AbortSignal; abort(reason?: unknown): void; end(): void };

/**
 * Aborts with the reason of whichever of `signals` aborts first, or after `ms` with what `late` makes. Unlike
 * `AbortSignal.any` it leaves nothing behind on signals that live longer than it.
 */
export function deadline(
  signals: readonly (AbortSignal | undefined)[],
  limit?: { ms: number; late: () => unknown },
): Deadline {
  const own = new AbortController();
  const undo: (() => void)[] = [];
  const abort = (reason?: unknown): void => own.abort(reason);
  const end = (): void => {
    for (const step of undo.splice(0)) step();
  };
  for (const signal of signals) {
    if (signal === undefined) continue;
    if (signal.aborted) {
      own.abort(signal.reason);
      end();
      return { signal: own.signal, abort, end };
    }
    // Many calls may follow one signal, and each takes its listener back: no leak to be warned of.
    setMaxListeners(0, signal);
    const follow = (): void => own.abort(signal.reason);
    signal.addEventListener('abort', follow, { once: true });
    undo.push(() => signal.removeEventListener('abort', follow));
  }
  if (limit !== undefined) {
    const timer = setTimeout(() => own.abort(limit.late()), limit.ms);
    undo.push(() => clearTimeout(timer));
  }
  return { signal: own.signal, abort, end };
}
