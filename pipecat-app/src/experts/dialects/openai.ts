import type { Endpoint } from '../endpoint.js';
import { answer, type Raw } from './answer.js';
import type { ChatEvent, ChatRequest, Dialect } from './dialect.js';
import { sseData } from './lines.js';
import { broken, type ModelHttp } from './model-http.js';
import { NativeOrText } from './native-or-text.js';
import { nativeMessages, nativeTools, seenMessages } from './native-tools.js';
import { callDeltasOf, countsOf, errorIn, progressOf, readChunk } from './openai-chunk.js';

const TEMPERATURE = 0.3;
/** OpenAI takes no more; the marks behind them are looked for here. */
const MOST_STOPS = 4;

/** Any server with OpenAI's `POST /chat/completions`: vLLM, LocalAI, Ollama, or a service on the net. */
export class OpenAiDialect implements Dialect {
  readonly seam = 'loose';
  readonly #native = new NativeOrText();

  constructor(private readonly http: ModelHttp) {}

  chat(endpoint: Endpoint, request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent, void> {
    const ask = (asked: ChatRequest) =>
      chunks(this.http, endpoint, { path: '/chat/completions', body: openAiBody(endpoint, asked) }, signal);
    const raw = this.#native.ask(endpoint, request, ask);
    return answer(raw, { stop: request.stop, model: endpoint.model, now: () => performance.now() });
  }

  async alive(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    await this.http.json(endpoint, { path: '/models' }, signal);
  }
}

/** The body of a request for a streamed chat completion. */
export function openAiBody({ model }: Endpoint, request: ChatRequest): object {
  const { maxTokens, stop = [], temperature = TEMPERATURE, partial = '', tools = [], form } = request;
  const messages = tools.length > 0 ? nativeMessages(request.messages) : seenMessages(request.messages);
  return {
    messages: partial === '' ? messages : [...messages, { role: 'assistant', content: partial }],
    ...(tools.length > 0 ? { tools: nativeTools(tools) } : {}),
    ...(form !== undefined && {
      response_format: { type: 'json_schema', json_schema: { name: 'answer', schema: form } },
    }),
    max_tokens: maxTokens,
    temperature,
    stream: true,
    ...(model === '' ? {} : { model }),
    ...(stop.length > 0 ? { stop: stop.slice(0, MOST_STOPS) } : {}),
  };
}

/** Asks for a streamed chat completion and reads its events. */
export async function* chunks(
  http: ModelHttp,
  endpoint: Endpoint,
  call: { path: string; body: object },
  signal: AbortSignal,
): AsyncGenerator<Raw, void> {
  const body = await http.open(endpoint, call, signal);
  let ended = false;
  try {
    for await (const data of sseData(body)) {
      const chunk = readChunk(data);
      if (chunk === undefined) return;
      const problem = errorIn(chunk);
      if (problem !== undefined) throw broken(endpoint, problem);
      const progress = progressOf(chunk);
      if (progress) yield { progress };
      yield { counts: countsOf(chunk) };
      const [choice] = chunk.choices ?? [];
      const text = choice?.delta?.content ?? '';
      if (text !== '') yield { text };
      for (const callDelta of callDeltasOf(chunk)) yield { callDelta };
      if (choice?.finish_reason) ended = true;
    }
    if (!ended) throw broken(endpoint, 'broke off');
  } catch (error) {
    throw http.failure(endpoint, error, signal);
  } finally {
    body.destroy();
  }
}
