import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Bucket, throttle } from './throttle.js';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('lets a burst pass, then asks to wait until the bucket has refilled', () => {
  let now = 0;
  const bucket = new Bucket({ burst: 10, perSecond: 5 }, () => now);
  expect(bucket.take(10)).toBe(0);
  expect(bucket.take(1)).toBe(200);
  now = 1200;
  expect(bucket.take(5)).toBe(0);
});

it('stops reading a client that floods and goes on later, without losing anything', () => {
  const calls: string[] = [];
  const socket = Object.assign(new EventEmitter(), {
    pause: () => void calls.push('pause'),
    resume: () => void calls.push('resume'),
  });
  const slowDown = throttle(socket as never);
  for (let i = 0; i < 1000; i++) slowDown(1);
  expect(calls).toEqual([]);
  slowDown(1);
  slowDown(1);
  expect(calls).toEqual(['pause']);
  vi.advanceTimersByTime(50);
  expect(calls).toEqual(['pause', 'resume']);
});

it('lets real-time sound pass for ever', () => {
  const calls: string[] = [];
  const socket = Object.assign(new EventEmitter(), { pause: () => void calls.push('pause'), resume: () => undefined });
  const slowDown = throttle(socket as never);
  for (let ms = 0; ms < 120_000; ms += 20) {
    slowDown(640);
    slowDown(80);
    vi.advanceTimersByTime(20);
  }
  expect(calls).toEqual([]);
});

it('forgets its timer when the socket closes', () => {
  const socket = Object.assign(new EventEmitter(), { pause: () => undefined, resume: () => undefined });
  throttle(socket as never)(2_000_000);
  expect(vi.getTimerCount()).toBe(1);
  socket.emit('close');
  expect(vi.getTimerCount()).toBe(0);
});
