import type { Clock } from './session.types.js';

const SAMPLES_PER_MS = 16;

/** The machine's monotonic clock, in samples. */
export const systemClock: Clock = {
  now: () => performance.now() * SAMPLES_PER_MS,
  after(samples, run, signal) {
    if (signal.aborted) return;
    const cancel = (): void => clearTimeout(timer);
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', cancel);
      run();
    }, samples / SAMPLES_PER_MS);
    signal.addEventListener('abort', cancel, { once: true });
  },
};
