import { expect, it } from 'vitest';
import { backoffMs } from './backoff.js';
import { readAudio, readEvent } from './wire.js';

it('waits longer after each failure, up to 15 s, never all pages at the same time', () => {
  const middle = [1, 2, 3, 4, 5, 6, 20].map((attempt) => backoffMs(attempt, () => 0.5));
  expect(middle).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000]);
  expect([backoffMs(1, () => 0), backoffMs(1, () => 1)]).toEqual([450, 550]);
});

it('reads turn, position and samples of an audio message', () => {
  const message = new Uint8Array([7, 0, 0, 0, 64, 1, 0, 0, 1, 0, 255, 255, 9]);
  expect(readAudio(message.buffer)).toEqual({ turn: 7, at: 320, samples: Int16Array.of(1, -1) });
});

it('drops audio without a sample and text that is no event', () => {
  expect(readAudio(new ArrayBuffer(9))).toBeNull();
  for (const text of ['', 'x', '1', 'null', '{}', '{"type":"state"}']) expect(readEvent(text)).toBeNull();
});
