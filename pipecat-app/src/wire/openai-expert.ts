import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { TwinError } from '../errors.js';
import type { Gateway, GatewayEvent, Route } from '../experts/gateway.js';
import type { Message } from '../experts/llm.js';
import { check } from '../server/errors.js';
import { ChatStream, chatHead, completion, type Usage } from './chat-stream.js';
import { MAX_MESSAGES, message, textOf } from './openai-chat.js';
import { sendJson } from './send-json.js';

const DEFAULT_TOKENS = 512;
const MAX_TOKENS = 8192;
const TELL_EVERY_MS = 5000;

const tokens = z.number().int().min(1).max(MAX_TOKENS).nullish();
const expertRequest = z.object({
  model: z.string(),
  messages: z.array(message).min(1).max(MAX_MESSAGES),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().optional() }).nullish(),
  n: z.literal(1, { error: 'one answer at a time' }).nullish(),
  tools: z.array(z.unknown()).max(0, { error: 'experts use no tools' }).nullish(),
  max_tokens: tokens,
  max_completion_tokens: tokens,
  temperature: z.number().min(0).max(2).nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(4)]).nullish(),
});
type ExpertRequest = z.infer<typeof expertRequest>;

/**
 * `POST /v1/chat/completions` with an expert's name: the messages go to the expert as they are, without the agent's
 * persona, commands and tools. The stream is one, whoever of the expert's servers answers, and where none can, whoever
 * else; what happens on the way is told in comments of the stream. A client that hangs up ends the work.
 */
export async function expertChat(
  gateway: Gateway,
  expert: string,
  body: unknown,
  response: ServerResponse,
): Promise<void> {
  const asked = check(expertRequest, body);
  const gone = new AbortController();
  const hangUp = (): void => gone.abort();
  response.once('close', hangUp);
  const head = chatHead(asked.model);
  const stream = asked.stream
    ? new ChatStream(response, head, asked.stream_options?.include_usage ?? false)
    : undefined;
  let answer = '';
  let telling: NodeJS.Timeout | undefined;
  let usage: Usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  try {
    const events = gateway.answer(questionFor(expert, asked), gone.signal);
    stream?.begin();
    for await (const event of events) {
      if ('text' in event) {
        answer += event.text;
        stream?.delta(event.text);
      } else if ('route' in event) {
        clearInterval(telling);
        stream?.comment(`${event.route.step} ${event.route.expert}: ${event.route.why}`);
        if (event.route.step === 'waking') telling = tellWait(event.route, (words) => stream?.comment(words));
      } else if ('stats' in event) usage = usageOf(event);
    }
    if (stream) stream.end(answer, usage);
    else sendJson(response, completion(head, answer, usage));
  } catch (error) {
    if (gone.signal.aborted) return;
    if (!stream) throw error;
    stream.fail(error);
  } finally {
    clearInterval(telling);
    response.off('close', hangUp);
  }
}

/** Says again and again how long the wait has been: what is silent for long is cut by proxies, and worries people. */
function tellWait({ expert, wakeMs = 0 }: Route, tell: (words: string) => void): NodeJS.Timeout {
  const began = performance.now();
  const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`;
  return setInterval(
    () => tell(`waking ${expert}: ${seconds(performance.now() - began)} of about ${seconds(wakeMs)}`),
    TELL_EVERY_MS,
  );
}

function questionFor(expert: string, asked: ExpertRequest) {
  const { stop, temperature } = asked;
  const maxTokens = asked.max_completion_tokens ?? asked.max_tokens ?? DEFAULT_TOKENS;
  return {
    messages: messagesOf(asked),
    maxTokens,
    wanted: { expert, confidence: 1, named: true },
    ...(stop == null ? {} : { stop: typeof stop === 'string' ? [stop] : stop }),
    ...(temperature == null ? {} : { temperature }),
  };
}

/** One system message in front, then what user and assistant said. */
function messagesOf({ messages }: ExpertRequest): Message[] {
  const system: string[] = [];
  const talk: Message[] = [];
  for (const { role, content } of messages) {
    const text = textOf(content);
    if (role === 'system' || role === 'developer') system.push(text);
    else if (role === 'user' || role === 'assistant') talk.push({ role, content: text });
  }
  if (talk.at(-1)?.role !== 'user') {
    throw new TwinError('TWIN_BAD_REQUEST', 'The last message must be the user’s.', {
      next: 'Put the question at the end of `messages`.',
    });
  }
  return system.length === 0 ? talk : [{ role: 'system', content: system.join('\n\n') }, ...talk];
}

function usageOf({ stats }: Extract<GatewayEvent, { stats: unknown }>): Usage {
  const { promptTokens = 0, generatedTokens } = stats;
  return {
    prompt_tokens: promptTokens,
    completion_tokens: generatedTokens,
    total_tokens: promptTokens + generatedTokens,
  };
}
