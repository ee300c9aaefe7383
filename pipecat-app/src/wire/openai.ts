import express, { Router } from 'express';
import { TwinError } from '../errors.js';
import { type Context, need, who } from '../server/context.js';
import { chatCompletion, chatModels } from './chat-completions.js';
import { openaiErrorHandler } from './openai-errors.js';
import { speech } from './openai-speech.js';
import { transcriptions } from './openai-transcriptions.js';

export const MAX_JSON_BYTES = 1024 * 1024;

/** The doors under `/v1` that OpenAI's clients use; operators may enter. */
export function openaiRoutes(context: Context): Router {
  const { agent } = context;
  const router = Router();
  const json = express.json({ limit: MAX_JSON_BYTES });
  const operator = need(context, 'operator');

  router.get('/models', need(context, 'viewer'), (_, response) => {
    const all = [...chatModels(agent), agent.engines.stt.name, agent.engines.tts.name];
    response.json({ object: 'list', data: all.map((id) => ({ id, object: 'model', created: 0, owned_by: 'twin' })) });
  });
  router.post('/chat/completions', operator, json, (request, response) =>
    chatCompletion(agent, who(response), request.body, response),
  );
  router.post('/audio/transcriptions', operator, (request, response) => transcriptions(agent, request, response));
  router.post('/audio/speech', operator, json, (request, response) => speech(agent, request, response));
  router.use(() => {
    throw new TwinError('TWIN_NOT_FOUND', 'There is nothing at this address.', {
      next: 'docs/api.md lists what there is.',
    });
  });
  router.use(openaiErrorHandler(agent.log));
  return router;
}
