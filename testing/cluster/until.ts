import { setTimeout as pause } from 'node:timers/promises';
import { TwinError } from '@twin/pipecat-app/errors.js';

const EVERY_MS = 100;

/**
 * Asks again and again until the answer is neither undefined nor false, and returns it; an error counts as no answer.
 * @throws TwinError `TWIN_CLUSTER_LATE` after `patienceMs`, with the last error as its cause
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  { patienceMs = 30_000, signal }: { patienceMs?: number; signal?: AbortSignal | undefined } = {},
): Promise<T> {
  const late = performance.now() + patienceMs;
  let cause: unknown;
  while (performance.now() < late) {
    signal?.throwIfAborted();
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    await pause(EVERY_MS, undefined, { signal });
  }
  throw new TwinError('TWIN_CLUSTER_LATE', `${what} did not come within ${patienceMs / 1000} s.`, { cause });
}
