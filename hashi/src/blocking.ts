import { isDeepStrictEqual } from 'node:util';
import { Backoff } from './backoff.js';
import { type Clock, realClock } from './clock.js';
import { HashiError } from './errors.js';

/** One answer of a blocking query: the value, and the index to ask for what comes after it. */
export type Polled<T> = { index: number; value: T };

export type Polling = {
  signal: AbortSignal;
  /** Longest time the server holds one query, in ms. */
  waitMs?: number;
  /** Shortest time between the starts of two queries, in ms; jitter adds up to a quarter. */
  floorMs?: number;
  /** Told of every failure that is tried again. */
  onTrouble?: ((error: HashiError) => void) | undefined;
  clock?: Clock | undefined;
};

const WAIT_MS = 300_000;
/** The server adds up to a sixteenth to the wait it was asked for; this much more is left for the network, in ms. */
export const SLACK_MS = 10_000;
const FLOOR_MS = 200;

/**
 * The present value, then each new one, until `signal` aborts; then it ends quietly. `ask` makes one blocking query: it
 * returns when the server's index is above `index`, or after `waitMs`.
 *
 * The last value stays the valid one while queries fail; they are repeated with a growing wait. An index that is no
 * index (0 or less) or goes back, as after the restore of a snapshot, starts again at 0, and so does a failure: a server
 * that lost its state would hold a query for its old index until `waitMs` is over.
 * @throws HashiError that no retry can mend, when it comes before the first value.
 */
export async function* changes<T>(
  ask: (index: number, waitMs: number, signal: AbortSignal) => Promise<Polled<T>>,
  { signal, waitMs = WAIT_MS, floorMs = FLOOR_MS, onTrouble, clock = realClock }: Polling,
): AsyncGenerator<T, void> {
  const backoff = new Backoff({ clock });
  let index = 0;
  let known: { value: T } | undefined;
  while (!signal.aborted) {
    const asked = clock.now();
    let polled: Polled<T>;
    try {
      polled = await ask(index, waitMs, signal);
    } catch (error) {
      if (signal.aborted) return;
      if (!(error instanceof HashiError) || isFinal(error, known !== undefined)) throw error;
      onTrouble?.(error);
      index = 0;
      await backoff.wait(signal);
      continue;
    }
    const wrong = !(polled.index > 0);
    index = wrong || polled.index < index ? 0 : polled.index;
    if (known === undefined || !isDeepStrictEqual(known.value, polled.value)) {
      known = { value: polled.value };
      yield polled.value;
    }
    if (wrong) {
      await backoff.wait(signal);
      continue;
    }
    backoff.reset();
    const rest = floorMs * (1 + Math.random() / 4) - (clock.now() - asked);
    if (rest > 0) await clock.sleep(rest, signal);
  }
}

const isFinal = (error: HashiError, hasValue: boolean): boolean =>
  error.code.endsWith('_CLOSED') || (!error.retryable && !hasValue);
