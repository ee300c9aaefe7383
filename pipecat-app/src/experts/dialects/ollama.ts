import { z } from 'zod';
import type { Endpoint } from '../endpoint.js';
import { toolsAsText } from '../tools-as-text.js';
import { answer, type Raw } from './answer.js';
import type { ChatEvent, ChatRequest, Dialect } from './dialect.js';
import { linesOf } from './lines.js';
import { broken, type ModelHttp } from './model-http.js';

const line = z.looseObject({
  model: z.string().optional(),
  message: z.looseObject({ content: z.string() }).optional(),
  error: z.string().optional(),
  done: z.boolean().optional(),
  prompt_eval_count: z.number().optional(),
  eval_count: z.number().optional(),
  /** Nanoseconds. */
  eval_duration: z.number().optional(),
});
const NS_PER_S = 1e9;

/** Ollama's own `POST /api/chat`: one JSON object per line. */
export class OllamaDialect implements Dialect {
  readonly seam = 'loose';

  constructor(private readonly http: ModelHttp) {}

  chat(endpoint: Endpoint, request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent, void> {
    const raw = this.#lines(endpoint, toolsAsText(request), signal);
    return answer(raw, { stop: request.stop, model: endpoint.model, now: () => performance.now() });
  }

  async alive(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    await this.http.json(endpoint, { path: '/api/version' }, signal);
  }

  async *#lines(endpoint: Endpoint, request: ChatRequest, signal: AbortSignal): AsyncGenerator<Raw, void> {
    const { maxTokens, stop = [], temperature, partial = '', form } = request;
    const messages = request.messages.map(({ role, content, images = [] }) => ({
      role,
      content,
      ...(images.length > 0 && { images: images.map((url) => url.slice(url.indexOf(',') + 1)) }),
    }));
    const body = {
      model: endpoint.model,
      messages: partial === '' ? messages : [...messages, { role: 'assistant', content: partial }],
      stream: true,
      ...(form !== undefined && { format: form }),
      options: { num_predict: maxTokens, stop, ...(temperature === undefined ? {} : { temperature }) },
    };
    const stream = await this.http.open(endpoint, { path: '/api/chat', body }, signal);
    let done = false;
    try {
      for await (const text of linesOf(stream)) {
        const said = line.parse(JSON.parse(text));
        if (said.error !== undefined) throw broken(endpoint, said.error);
        if (said.message && said.message.content !== '') yield { text: said.message.content };
        if (said.done) {
          done = true;
          yield { counts: countsOf(said) };
        }
      }
      if (!done) throw broken(endpoint, 'broke off');
    } catch (error) {
      throw this.http.failure(endpoint, error, signal);
    } finally {
      stream.destroy();
    }
  }
}

function countsOf({ model, prompt_eval_count, eval_count, eval_duration }: z.infer<typeof line>) {
  const rate = eval_count !== undefined && eval_duration ? eval_count / (eval_duration / NS_PER_S) : undefined;
  return { model, promptTokens: prompt_eval_count, generatedTokens: eval_count, tokensPerSecond: rate };
}
