import type { ServerResponse } from 'node:http';
import type { Agent } from '../agent.js';
import { TwinError } from '../errors.js';
import type { Principal } from '../server/access/guard.js';
import { chat } from './openai-chat.js';
import { expertChat } from './openai-expert.js';

/** What an expert's name begins with where it could be taken for a model's. */
const EXPERT = 'expert:';

/** Names that stand for the agent itself (`auto`, `twin` and its own model), and names of experts. */
type ChatNames = { itself: readonly string[]; experts: readonly string[] };

function chatNames(agent: Agent): ChatNames {
  const experts = agent.gateway?.names() ?? [];
  const models = agent.health().experts.flatMap(({ name }) => (experts.includes(name) ? [] : [name]));
  return { itself: [...new Set(['auto', 'twin', ...models])], experts };
}

/** Every name that `model` may have. */
export function chatModels(agent: Agent): string[] {
  const { itself, experts } = chatNames(agent);
  return [...itself, ...experts.map((name) => EXPERT + name)];
}

/**
 * Answers `POST /v1/chat/completions`: the agent itself, or the expert that `model` names.
 * @throws TwinError before anything is sent; later failures are told in the stream
 */
export function chatCompletion(agent: Agent, who: Principal, body: unknown, response: ServerResponse): Promise<void> {
  const { gateway } = agent;
  const model: unknown = (body as { model?: unknown } | undefined)?.model ?? 'auto';
  // An expert by its full name is looked up first: the agent's own names take a look at the health of every part.
  if (gateway && typeof model === 'string' && model.startsWith(EXPERT)) {
    const expert = model.slice(EXPERT.length);
    if (gateway.names().includes(expert)) return expertChat(gateway, expert, body, response);
  }
  const { itself, experts } = chatNames(agent);
  if (typeof model !== 'string' || itself.includes(model)) return chat(agent, who, body, response);
  if (gateway && experts.includes(model)) return expertChat(gateway, model, body, response);
  throw new TwinError('TWIN_MODEL_UNKNOWN', `There is no model "${model.slice(0, 100)}".`, {
    next: `Use one of: ${chatModels(agent).join(', ')}.`,
  });
}
