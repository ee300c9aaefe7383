import express, { Router } from 'express';
import type { Agent } from '../agent.js';
import { TwinError } from '../errors.js';
import { type Context, need, who } from '../server/context.js';
import { chat } from './openai-chat.js';
import { openaiErrorHandler } from './openai-errors.js';
import { expertChat } from './openai-expert.js';
import { speech } from './openai-speech.js';
import { transcriptions } from './openai-transcriptions.js';

const MAX_JSON_BYTES = 1024 * 1024;

/** What an expert's name begins with where it could be taken for a model's. */
const EXPERT = 'expert:';

/** Names that stand for the agent itself (`auto`, `twin` and its own model), and names of experts. */
type ChatNames = { itself: readonly string[]; experts: readonly string[] };

function chatNames(agent: Agent): ChatNames {
  const experts = agent.gateway?.names() ?? [];
  const models = agent.health().experts.flatMap(({ name }) => (experts.includes(name) ? [] : [name]));
  return { itself: [...new Set(['auto', 'twin', ...models])], experts };
}

/** The doors under `/v1` that OpenAI's clients use; operators may enter. */
export function openaiRoutes(context: Context): Router {
  const { agent } = context;
  const router = Router();
  const json = express.json({ limit: MAX_JSON_BYTES });
  const operator = need(context, 'operator');
  const names = (): ChatNames => chatNames(agent);

  router.get('/models', need(context, 'viewer'), (_, response) => {
    const { itself, experts } = names();
    const all = [...itself, ...experts.map((name) => EXPERT + name), agent.engines.stt.name, agent.engines.tts.name];
    response.json({ object: 'list', data: all.map((id) => ({ id, object: 'model', created: 0, owned_by: 'twin' })) });
  });
  router.post('/chat/completions', operator, json, (request, response) => {
    const model: unknown = (request.body as { model?: unknown } | undefined)?.model ?? 'auto';
    // An expert by its full name is looked up first: the agent's own names take a look at the health of every part.
    if (agent.gateway && typeof model === 'string' && model.startsWith(EXPERT)) {
      const expert = model.slice(EXPERT.length);
      if (agent.gateway.names().includes(expert)) return expertChat(agent.gateway, expert, request, response);
    }
    const { itself, experts } = names();
    if (typeof model !== 'string' || itself.includes(model)) return chat(agent, who(response), request, response);
    if (agent.gateway && experts.includes(model)) return expertChat(agent.gateway, model, request, response);
    throw new TwinError('TWIN_MODEL_UNKNOWN', `There is no model "${model.slice(0, 100)}".`, {
      next: `Use one of: ${[...itself, ...experts.map((name) => EXPERT + name)].join(', ')}.`,
    });
  });
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
