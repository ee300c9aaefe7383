import { afterEach, expect, it, vi } from 'vitest';
import { TwinError } from './errors.js';
import { inWords, untilSignal } from './lifetime.js';
import { createLog } from './observe/log.js';

const log = createLog('silent');
const EVENTS = ['SIGINT', 'SIGTERM', 'unhandledRejection', 'uncaughtException'] as const;
const before = new Map(EVENTS.map((event) => [event, process.rawListeners(event)]));
afterEach(() => {
  for (const event of EVENTS) {
    for (const each of process.rawListeners(event))
      if (!before.get(event)?.includes(each)) process.off(event, each as () => void);
  }
});

it('exits with 0 when everything has stopped, and at once on a second signal', async () => {
  const exit = vi.fn<(code: number) => void>();
  let stopped = (): void => undefined;
  untilSignal(() => new Promise((resolve) => (stopped = resolve)), log, exit);
  process.emit('SIGTERM', 'SIGTERM');
  expect(exit).not.toHaveBeenCalled();
  process.emit('SIGINT', 'SIGINT');
  expect(exit.mock.calls).toEqual([[1]]);
  stopped();
  await vi.waitFor(() => expect(exit.mock.calls).toEqual([[1], [0]]));
});

it('exits with 1 when stopping fails', async () => {
  const exit = vi.fn<(code: number) => void>();
  untilSignal(() => Promise.reject(new Error('stuck')), log, exit);
  process.emit('SIGTERM', 'SIGTERM');
  await vi.waitFor(() => expect(exit.mock.calls).toEqual([[1]]));
});

it('tells failures in words, with what to do', () => {
  expect(inWords(new TwinError('TWIN_X', 'It is off.', { next: 'Turn it on.' }))).toBe('It is off.\nTurn it on.');
  expect(inWords(new Error('boom'))).toBe('Something went wrong: boom');
});
