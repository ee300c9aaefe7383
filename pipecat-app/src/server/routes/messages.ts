import { type Request, Router } from 'express';
import { z } from 'zod';
import { TwinError } from '../../errors.js';
import { type Context, need, who } from '../context.js';
import { check } from '../errors.js';
import { messageRequest, type TurnRecord } from '../protocol.js';

const since = z.object({ since: z.coerce.number().int().min(0).default(0) });

const answerOf = (id: string, turn: TurnRecord) => ({ id, answer: turn.answer, turn });

/** Typed messages and the log of what was said. */
export function messageRoutes(context: Context): Router {
  const { agent, texts } = context;
  const router = Router();

  router.post('/api/message', need(context, 'operator'), async (request, response) => {
    const { text, session = 'default', wait } = check(messageRequest, request.body);
    const message = texts.send(who(response), session, text);
    if (wait) response.json(answerOf(message.id, await message.done));
    else response.status(202).json({ id: message.id });
  });

  router.get('/api/message/:id', need(context, 'operator'), (request: Request<{ id: string }>, response) => {
    const message = texts.get(who(response).keyId, request.params.id);
    if (!message) throw new TwinError('TWIN_NOT_FOUND', 'There is no such message.', { next: 'Send it again.' });
    if (message.error) throw message.error;
    if (message.record) response.json(answerOf(message.id, message.record));
    else response.status(202).json({ id: message.id });
  });

  router.get('/api/conversation', need(context, 'viewer'), (request, response) => {
    response.json({ lines: agent.conversation.since(check(since, request.query).since) });
  });

  router.delete('/api/conversation', need(context, 'operator'), async (_, response) => {
    await agent.conversation.clear();
    response.status(204).end();
  });
  return router;
}
