import { getEventListeners } from 'node:events';
import { expect, test, vi } from 'vitest';
import { deadline } from './deadline.js';

test('follows whichever signal aborts first, with its reason', () => {
  const [one, two] = [new AbortController(), new AbortController()];
  const { signal } = deadline([one.signal, undefined, two.signal]);
  expect(signal.aborted).toBe(false);
  two.abort(new Error('two'));
  one.abort(new Error('one'));
  expect(signal.reason).toEqual(new Error('two'));
  expect(deadline([one.signal]).signal.reason).toEqual(new Error('one'));
});

test('aborts when the time is over', () => {
  vi.useFakeTimers();
  try {
    const { signal } = deadline([], { ms: 100, late: () => 'late' });
    vi.advanceTimersByTime(99);
    expect(signal.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    expect(signal.reason).toBe('late');
  } finally {
    vi.useRealTimers();
  }
});

test('end() leaves no listener and no timer behind', () => {
  vi.useFakeTimers();
  try {
    const { signal } = new AbortController();
    const { end, signal: own } = deadline([signal], { ms: 100, late: () => 'late' });
    expect([getEventListeners(signal, 'abort').length, vi.getTimerCount()]).toEqual([1, 1]);
    end();
    expect([getEventListeners(signal, 'abort').length, vi.getTimerCount()]).toEqual([0, 0]);
    expect(own.aborted).toBe(false);
  } finally {
    vi.useRealTimers();
  }
});
