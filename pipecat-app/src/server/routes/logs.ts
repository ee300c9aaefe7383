import { Router } from 'express';
import { z } from 'zod';
import { cursorText, type LogEvent, readCursor } from '../../cluster/follow-log.js';
import { TwinError } from '../../errors.js';
import { type Context, need } from '../context.js';
import { check } from '../errors.js';
import { type StreamEvent, sendEvents } from '../event-stream.js';

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
      await sendEvents(asEvents(events), response, signal);
    } finally {
      open--;
    }
  });
  return router;
}

async function* asEvents(events: AsyncGenerator<LogEvent, void>): AsyncGenerator<StreamEvent, void> {
  for await (const { type, cursor, data } of events) yield { type, id: cursorText(cursor), data };
}

const tooMany = (): TwinError =>
  new TwinError('TWIN_BUSY', `${MOST} logs are followed already.`, { next: 'Close one of them.', retryable: true });
