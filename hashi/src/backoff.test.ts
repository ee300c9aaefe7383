import { expect, test } from 'vitest';
import { Backoff } from './backoff.js';
import { quickClock } from './quick-clock.fixture.js';

test('waits double up to the longest, less up to half of each, and begin anew after a reset', async () => {
  const clock = quickClock();
  const backoff = new Backoff({ firstMs: 100, longestMs: 1000, clock });
  const { signal } = new AbortController();
  for (let i = 0; i < 6; i++) await backoff.wait(signal);
  for (const [i, most] of [100, 200, 400, 800, 1000, 1000].entries()) {
    expect(clock.sleeps[i]).toBeLessThanOrEqual(most);
    expect(clock.sleeps[i]).toBeGreaterThanOrEqual(Math.floor(most / 2));
  }
  backoff.reset();
  await backoff.wait(signal);
  expect(clock.sleeps.at(-1)).toBeLessThanOrEqual(100);
});
