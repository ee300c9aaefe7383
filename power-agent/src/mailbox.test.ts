import { expect, test } from 'vitest';
import { Mailbox } from './mailbox.js';

test('values wait for their reader, come in order, and reading ends with the signal', async () => {
  const box = new Mailbox<number>();
  const stop = new AbortController();
  box.push(1);
  box.push(2);
  const got: number[] = [];
  for await (const value of box.read(stop.signal)) {
    got.push(value);
    if (value === 2) queueMicrotask(() => box.push(3));
    if (value === 3) queueMicrotask(() => stop.abort());
  }
  expect(got).toEqual([1, 2, 3]);
});
