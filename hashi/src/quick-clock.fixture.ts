import type { Clock } from './clock.js';

/** A clock whose sleeps take no time; they are written down, and `now` counts them. */
export function quickClock(): Clock & { sleeps: number[] } {
  const sleeps: number[] = [];
  let now = 0;
  return {
    sleeps,
    now: () => now,
    // A turn of the event loop, so that sockets get theirs.
    sleep: async (ms) => {
      sleeps.push(ms);
      now += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}
