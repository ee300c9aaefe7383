import { expect, test } from 'vitest';
import { ManualClock } from '../tools/manual-clock.fixture.js';
import { LiveState } from './live-state.js';

const stats = { model: 'm', generatedTokens: 9, firstTokenMs: 1, tokensPerSecond: 10 };

test('a server that failed rests, twice as long each time, until it answers again', () => {
  const clock = new ManualClock(0);
  const live = new LiveState(clock);
  const rests: number[] = [];
  for (let i = 0; i < 6; i++) {
    live.failed();
    let ms = 0;
    for (; live.resting; ms += 1000) clock.advance(1000);
    rests.push(ms);
  }
  expect(rests).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
  live.failed();
  live.answered('main', stats);
  expect(live.resting).toBe(false);
});

test('its speed is an average in which the newest answer counts a third', () => {
  const live = new LiveState(new ManualClock(0));
  expect(live.tokensPerSecond).toBeUndefined();
  live.answered('main', stats);
  live.answered('main', { ...stats, tokensPerSecond: 20 });
  expect(live.tokensPerSecond).toBeCloseTo(13);
});

test('a beginning is warm when the server says that it kept it, and never before', () => {
  const live = new LiveState(new ManualClock(0));
  live.answered('main', stats);
  expect(live.warm('main')).toBe(0);
  live.answered('main', { ...stats, promptTokens: 100, evaluatedTokens: 100 });
  expect(live.warm('main')).toBe(0);
  live.answered('main', { ...stats, promptTokens: 100, evaluatedTokens: 5 });
  expect(live.warm('main')).toBe(0.95);
  expect(live.warm('math')).toBe(0);
  live.failed();
  expect(live.warm('main'), 'a server that died has lost it').toBe(0);
});

test('as long as any of its answers goes on it works, and for five seconds after', () => {
  const clock = new ManualClock(0);
  const live = new LiveState(clock);
  expect(live.works).toBe(false);
  live.heard();
  clock.advance(4999);
  expect(live.works).toBe(true);
  clock.advance(1);
  expect(live.works).toBe(false);
});
