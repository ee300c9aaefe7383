import { once } from 'node:events';
import type { Response } from 'express';
import { Router } from 'express';
import { z } from 'zod';
import { cursorText, type LogEvent, readCursor } from '../../cluster/follow-log.js';
import { TwinError } from '../../errors.js';
import { type Context, need } from '../context.js';
import { check } from '../errors.js';

const name = z.string().min(1).max(256).optional();
const query = z.object({
  group: name,
  task: name,
  /** As `Last-Event-ID`, for a client that begins a new stream. */
  after: z.string().max(128).optional(),
  follow: z.enum(['true', 'false']).default('true'),
});

/** Streams that are open at a time. */
const MOST = 64;
/** What keeps a quiet stream open through proxies, and finds out that nobody listens. */
const BEAT_MS = 15_000;

/** `GET /api/logs/:job`: what a job writes, as server-sent events whose ids are places in the log. */
export function logRoutes(context: Context): Router {
  const router = Router();
  let open = 0;

  router.get('/api/logs/:job', need(context, 'viewer'), async (request, response) => {
    const { group, task, after, follow } = check(query, request.query);
    if (open >= MOST) throw tooMany();
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const signal = AbortSignal.any([gone.signal, context.closing]);
    const place = request.get('last-event-id') ?? after;
    const events = context.agent.cluster.log(
      {
        job: request.params.job as string,
        group,
        task,
        after: place === undefined ? undefined : readCursor(place),
        follow: follow === 'true',
      },
      signal,
    );
    open++;
    try {
      await send(events, response, signal);
    } finally {
      open--;
    }
  });
  return router;
}

/** Fails as a request does until the first event is there; then a failure is the event `failure`. */
async function send(events: AsyncGenerator<LogEvent, void>, response: Response, signal: AbortSignal): Promise<void> {
  let beat: NodeJS.Timeout | undefined;
  try {
    for await (const { type, cursor, data } of events) {
      if (beat === undefined) {
        // `no-transform` keeps the compression, which holds data back, away.
        response.status(200).set('Cache-Control', 'no-store, no-transform').type('text/event-stream');
        response.write('retry: 1000\n\n');
        beat = setInterval(() => response.write(': still here\n\n'), BEAT_MS);
      }
      const went = response.write(`id: ${cursorText(cursor)}\nevent: ${type}\ndata: ${JSON.stringify(data)}\n\n`);
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

const tooMany = (): TwinError =>
  new TwinError('TWIN_BUSY', `${MOST} logs are followed already.`, { next: 'Close one of them.', retryable: true });
