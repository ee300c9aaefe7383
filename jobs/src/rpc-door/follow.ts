import { setTimeout as pause } from 'node:timers/promises';
import { messageOf } from '../job-error.js';

/** An answer of Consul, and the index behind which the next one is asked for. */
export type Indexed<T> = { value: T; index: number };

/** Consul adds a sixteenth; fetch itself gives up after 300 s. */
const WAIT_S = 240;
const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * Every change of what `ask` answers, beginning with how it is; ends when `signal` aborts. While Consul does not answer the last value
 * stands, and it is asked again after 1 s, then ever later.
 */
export async function* follow<T>(
  ask: (how: { index: number; waitS: number; signal: AbortSignal }) => Promise<Indexed<T>>,
  signal: AbortSignal,
  log: (line: string) => void,
): AsyncGenerator<T> {
  let index = 0;
  let pauseMs = FIRST_PAUSE_MS;
  while (!signal.aborted) {
    try {
      const answer = await ask({ index, waitS: WAIT_S, signal });
      pauseMs = FIRST_PAUSE_MS;
      const changed = answer.index !== index;
      // An index that went back is of a Consul that began anew; 0 would not wait.
      index = answer.index < index ? 0 : Math.max(1, answer.index);
      if (changed) yield answer.value;
    } catch (error) {
      if (signal.aborted) return;
      log(messageOf(error));
      await pause(pauseMs, undefined, { signal }).catch(() => undefined);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }
}
