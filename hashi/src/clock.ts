import { setTimeout as delay } from 'node:timers/promises';

/** Time as the waits between two tries see it; tests bring their own. */
export type Clock = {
  /** Milliseconds since some fixed moment; never goes back. */
  now(): number;
  /** Ends after `ms`, or quietly as soon as `signal` aborts. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
};

export const realClock: Clock = {
  now: () => performance.now(),
  sleep: (ms, signal) => delay(ms, undefined, { signal }).catch(() => undefined),
};
