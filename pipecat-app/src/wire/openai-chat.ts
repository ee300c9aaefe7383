import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import type { Agent } from '../agent.js';
import { TwinError } from '../errors.js';
import type { Principal } from '../server/access/guard.js';
import { check } from '../server/errors.js';
import type { SessionOut } from '../voice/session.types.js';
import { ChatStream, chatHead, completion, type Usage } from './chat-stream.js';
import { sendJson } from './send-json.js';

export const MAX_MESSAGES = 200;
const MAX_TEXT = 4000;
/** A token of English is about four characters; used for `usage`, because engines do not all count. */
const CHARACTERS_PER_TOKEN = 4;

const part = z.object({ type: z.literal('text'), text: z.string() });
const content = z.union([z.string(), z.array(part)]).nullish();
export const message = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool', 'function']),
  content,
});
const chatRequest = z.object({
  model: z.string().default('auto'),
  messages: z.array(message).min(1).max(MAX_MESSAGES),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  n: z.literal(1, { error: 'one answer at a time' }).nullish(),
  tools: z.array(z.unknown()).max(0, { error: 'the agent uses its own tools only' }).nullish(),
});
type ChatRequest = z.infer<typeof chatRequest>;

export const textOf = (value: z.infer<typeof content>): string =>
  typeof value === 'string' ? value : (value ?? []).map(({ text }) => text).join('');

/**
 * `POST /v1/chat/completions`: the last message is the next turn of a conversation that the messages before it make up.
 * It takes the same path as typing in Mission Control: commands, tools and the language model. Sampling settings and
 * system messages have no effect, because the persona is the agent's own. A client that hangs up ends the turn.
 */
export async function chat(agent: Agent, who: Principal, body: unknown, response: ServerResponse): Promise<void> {
  const asked = check(chatRequest, body);
  const text = question(asked);
  const head = chatHead(asked.model);
  const out: SessionOut = { event: () => undefined, audio: () => undefined };
  const stream = asked.stream
    ? new ChatStream(response, head, asked.stream_options?.include_usage ?? false)
    : undefined;
  const session = agent.openSession(
    { ...out, event: (type, data) => void (type === 'token' && stream?.delta((data as { delta: string }).delta)) },
    { audible: false, door: 'api', role: who.role, name: who.name, keyId: who.keyId },
  );
  const hangUp = (): void => session.stop();
  response.once('close', hangUp);
  try {
    for (const [user, assistant] of history(asked)) agent.engines.mind.commit(session.id, user, assistant);
    stream?.begin();
    const record = await session.text(text);
    const usage = usageOf(asked, record.answer);
    if (stream) stream.end(record.answer, usage);
    else sendJson(response, completion(head, record.answer, usage));
  } catch (error) {
    if (!stream) throw error;
    stream.fail(error);
  } finally {
    response.off('close', hangUp);
    await agent.closeSession(session);
  }
}

function question({ messages }: ChatRequest): string {
  const last = messages.at(-1);
  const text = last?.role === 'user' ? textOf(last.content).trim() : '';
  if (text !== '' && text.length <= MAX_TEXT) return text;
  throw new TwinError('TWIN_BAD_REQUEST', `The last message must be the user's, of 1 to ${MAX_TEXT} characters.`, {
    next: 'Put the question at the end of `messages`.',
  });
}

/** Pairs of what the user said and what was answered. */
function* history({ messages }: ChatRequest): Generator<[string, string]> {
  let user = '';
  for (const { role, content: its } of messages.slice(0, -1)) {
    if (role === 'user') user = textOf(its);
    if (role !== 'assistant' || user === '') continue;
    yield [user, textOf(its)];
    user = '';
  }
}

function usageOf({ messages }: ChatRequest, answer: string): Usage {
  const tokens = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);
  const prompt = messages.reduce((sum, each) => sum + tokens(textOf(each.content)), 0);
  return { prompt_tokens: prompt, completion_tokens: tokens(answer), total_tokens: prompt + tokens(answer) };
}
