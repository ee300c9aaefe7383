import { type Clock, pause } from '../experts/clock.js';

/** Time goes on for a page also when nothing happens. */
const BEAT_MS = 10_000;

/**
 * What `look` gives, again whenever it is otherwise, and every 10 s, until `signal` aborts.
 * @param stable the part of it whose change is told at once; left out: all of it
 */
export async function* followed<T>(
  look: () => Promise<T>,
  clock: Clock,
  signal: AbortSignal,
  { everyMs, stable = (seen) => seen }: { everyMs: number; stable?: (seen: T) => unknown },
): AsyncGenerator<T, void> {
  let [last, at] = ['', Number.NEGATIVE_INFINITY];
  while (!signal.aborted) {
    const seen = await look();
    const text = JSON.stringify(stable(seen));
    if (text !== last || clock.now() - at >= BEAT_MS) {
      yield seen;
      at = clock.now();
    }
    last = text;
    await pause(clock, everyMs, signal);
  }
}
