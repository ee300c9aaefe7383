import { once } from 'node:events';
import type { Response } from 'express';
import { TwinError } from '../errors.js';

/** One server-sent event; `id` is a place to go on from. */
export type StreamEvent = { type: string; id?: string; data: unknown };

/** What keeps a quiet stream open through proxies, and finds out that nobody listens. */
const BEAT_MS = 15_000;

/**
 * Answers with server-sent events. Fails as a request does until the first event is there; then a failure is the event
 * `failure`.
 */
export async function sendEvents(
  events: AsyncIterable<StreamEvent>,
  response: Response,
  signal: AbortSignal,
): Promise<void> {
  let beat: NodeJS.Timeout | undefined;
  try {
    for await (const { type, id, data } of events) {
      if (beat === undefined) {
        // `no-transform` keeps the compression, which holds data back, away.
        response.status(200).set('Cache-Control', 'no-store, no-transform').type('text/event-stream');
        response.write('retry: 1000\n\n');
        beat = setInterval(() => response.write(': still here\n\n'), BEAT_MS);
      }
      const place = id === undefined ? '' : `id: ${id}\n`;
      const went = response.write(`${place}event: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
      if (!went) await once(response, 'drain', { signal }).catch(() => undefined);
    }
  } catch (error) {
    if (beat === undefined) throw error;
    const { message = '', next = '' } = error instanceof TwinError ? error : {};
    response.write(`event: failure\ndata: ${JSON.stringify({ message, next })}\n\n`);
  } finally {
    clearInterval(beat);
    if (response.headersSent || signal.aborted) response.end();
  }
}
