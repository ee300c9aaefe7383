import { z } from 'zod';
import { TwinError } from '../../errors.js';
import type { Endpoint } from '../endpoint.js';
import type { Message } from '../llm.js';
import { toolsAsText } from '../tools-as-text.js';
import { answer, type Raw } from './answer.js';
import type { ChatEvent, ChatRequest, Dialect } from './dialect.js';
import { sseData } from './lines.js';
import { broken, type ModelHttp } from './model-http.js';
import { plainMessages } from './native-tools.js';

const usage = z.looseObject({
  input_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  output_tokens: z.number().nullish(),
});
const event = z.looseObject({
  type: z.string(),
  message: z.looseObject({ model: z.string().optional(), usage: usage.optional() }).optional(),
  delta: z.looseObject({ type: z.string().optional(), text: z.string().optional() }).optional(),
  usage: usage.optional(),
  error: z.looseObject({ message: z.string() }).optional(),
});
const VERSION = '2023-06-01';

/** Servers with Anthropic's `POST /messages`. */
export class AnthropicDialect implements Dialect {
  readonly seam = 'loose';

  constructor(private readonly http: ModelHttp) {}

  chat(endpoint: Endpoint, request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent, void> {
    const raw = this.#events(endpoint, toolsAsText(request), signal);
    return answer(raw, { stop: request.stop, model: endpoint.model, now: () => performance.now() });
  }

  /** A server that has no list of models is there all the same. */
  async alive(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    try {
      await this.http.json(withoutKey(endpoint), { path: '/models', headers: headersOf(endpoint) }, signal);
    } catch (error) {
      if (!(error instanceof TwinError && /\(404\)/.test(error.message))) throw error;
    }
  }

  async *#events(endpoint: Endpoint, request: ChatRequest, signal: AbortSignal): AsyncGenerator<Raw, void> {
    const call = { path: '/messages', body: bodyOf(endpoint, request), headers: headersOf(endpoint) };
    const stream = await this.http.open(withoutKey(endpoint), call, signal);
    let ended = false;
    try {
      for await (const data of sseData(stream)) {
        const said = event.parse(JSON.parse(data));
        if (said.type === 'error') throw broken(endpoint, said.error?.message ?? 'reports an error');
        if (said.type === 'message_start' && said.message) yield { counts: startOf(said.message) };
        if (said.type === 'message_delta')
          yield { counts: { generatedTokens: said.usage?.output_tokens ?? undefined } };
        if (said.type === 'message_stop') ended = true;
        if (said.delta?.type === 'text_delta' && said.delta.text) yield { text: said.delta.text };
      }
      if (!ended) throw broken(endpoint, 'broke off');
    } catch (error) {
      throw this.http.failure(endpoint, error, signal);
    } finally {
      stream.destroy();
    }
  }
}

function bodyOf(endpoint: Endpoint, request: ChatRequest): object {
  const { maxTokens, stop = [], temperature, partial = '' } = request;
  const messages = plainMessages(request.messages);
  const system = messages.flatMap(({ role, content }) => (role === 'system' ? [content] : [])).join('\n\n');
  const talk = request.messages.filter(({ role }) => role !== 'system').map(seen);
  // A partial answer that ends in a space is refused.
  const begun = partial.trimEnd();
  // Neither are marks of white space only.
  const marks = stop.filter((mark) => mark.trim() !== '');
  return {
    model: endpoint.model,
    max_tokens: maxTokens,
    stream: true,
    messages: begun === '' ? talk : [...talk, { role: 'assistant', content: begun }],
    ...(system === '' ? {} : { system }),
    ...(marks.length > 0 ? { stop_sequences: marks } : {}),
    ...(temperature === undefined ? {} : { temperature }),
  };
}

/** A message with its pictures in front of the text, where Anthropic wants them. */
function seen({ role, content, images = [] }: Message): object {
  const pictures = images.map((url) => {
    const [, media_type, data] = /^data:([\w/+.-]+);base64,(.*)$/s.exec(url) ?? [];
    return { type: 'image', source: { type: 'base64', media_type, data } };
  });
  return { role, content: pictures.length === 0 ? content : [...pictures, { type: 'text', text: content }] };
}

const headersOf = ({ apiKey }: Endpoint): Record<string, string> => ({
  'anthropic-version': VERSION,
  ...(apiKey === '' ? {} : { 'x-api-key': apiKey }),
});
/** The key goes into a header of its own. */
const withoutKey = (endpoint: Endpoint): Endpoint => ({ ...endpoint, apiKey: '' });

function startOf({ model, usage: its }: { model?: string | undefined; usage?: z.infer<typeof usage> | undefined }) {
  const [fresh, cached] = [its?.input_tokens, its?.cache_read_input_tokens ?? 0];
  return {
    model,
    promptTokens: fresh == null ? undefined : fresh + cached,
    evaluatedTokens: fresh ?? undefined,
  };
}
