import type { Response } from 'express';
import { TwinError } from '../errors.js';
import type { Context } from './context.js';
import { type StreamEvent, sendEvents } from './event-stream.js';

/** Pages that follow one thing at a time. */
const MOST = 64;

/** Sends what happens to pages that follow it, as server-sent events `name`, until they go away; refuses the 65th. */
export function followers<T>(
  context: Context,
  name: string,
  follow: (signal: AbortSignal) => AsyncIterable<T>,
): (response: Response) => Promise<void> {
  let open = 0;
  return async (response) => {
    if (open >= MOST)
      throw new TwinError('TWIN_BUSY', `${MOST} pages follow already.`, { next: 'Close one.', retryable: true });
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, context.closing]);
    open++;
    try {
      await sendEvents(events(name, follow(signal)), response, signal);
    } finally {
      open--;
    }
  };
}

async function* events<T>(type: string, all: AsyncIterable<T>): AsyncGenerator<StreamEvent, void> {
  for await (const data of all) yield { type, data };
}
