import { TwinError } from '../errors.js';
import type { Catalogue } from './catalogue.js';
import type { Clock } from './clock.js';

/** Starts the job of a sleeping expert. */
export type Waker = {
  /** Begins to start it; resolves when that is under way. */
  wake(expert: string, signal: AbortSignal): Promise<void>;
  /** How long it takes until it can answer, in ms. */
  takesMs(expert: string): number;
  /** Told how long it took, in ms. */
  took(expert: string, ms: number): void;
};

/**
 * Waits until an expert is awake.
 * @param patienceMs longest wait, in ms
 * @throws TwinError `TWIN_EXPERT_ASLEEP` when it is not by then; AbortError
 */
export async function untilAwake(
  expert: string,
  catalogue: Pick<Catalogue, 'find' | 'onChange'>,
  { clock, patienceMs }: { clock: Clock; patienceMs: number },
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  const awake = (): boolean => catalogue.find(expert)?.state === 'awake';
  if (awake()) return;
  let done = (): void => {};
  try {
    await new Promise<void>((resolve, reject) => {
      const stops = [
        catalogue.onChange(() => awake() && resolve()),
        clock.after(patienceMs, () => reject(tooLate(expert, patienceMs))),
      ];
      const onAbort = (): void => reject(signal.reason);
      signal.addEventListener('abort', onAbort, { once: true });
      done = () => {
        for (const stop of stops) stop();
        signal.removeEventListener('abort', onAbort);
      };
    });
  } finally {
    done();
  }
}

const tooLate = (expert: string, ms: number): TwinError =>
  new TwinError('TWIN_EXPERT_ASLEEP', `The ${expert} expert did not wake up within ${Math.round(ms / 1000)} s.`, {
    next: 'Look at the job of this expert.',
    retryable: true,
  });
