import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { Agent, type Dispatcher, request } from 'undici';
import { isAbort, TwinError } from '../errors.js';
import { type ChatChunk, readChunk } from './chat-chunk.js';
import type { Llm, LlmHealth, LlmRequest, LlmStats } from './llm.js';
import { StopText } from './stop-text.js';

export type OpenAiLlmOptions = {
  /** Up to and with the version: `https://host/v1`. */
  baseUrl: string;
  /** Empty for servers that want none. */
  apiKey: string;
  /** Empty: the first model that the server lists. */
  model: string;
  /** Longest silence of the server, before the first word and between two, in ms. */
  stallMs?: number;
};

const STALL_MS = 30_000;
/** Most bytes of an error page that are looked at. */
const ERROR_BYTES = 2000;
/** Longest event of a stream, in characters. */
const LONGEST_EVENT = 1_000_000;
const TEMPERATURE = 0.3;

/** Any server with OpenAI's `POST /chat/completions`: llama.cpp, Ollama, vLLM, or a service on the net. */
export class OpenAiLlm implements Llm {
  readonly #base: string;
  readonly #options: OpenAiLlmOptions;
  readonly #stallMs: number;
  readonly #agent: Agent;
  #model: string;
  #health: LlmHealth = { ok: false, detail: 'It was not asked yet.' };
  #last: LlmStats | undefined;

  constructor(options: OpenAiLlmOptions) {
    this.#options = options;
    this.#base = options.baseUrl.replace(/\/+$/, '');
    this.#model = options.model;
    this.#stallMs = options.stallMs ?? STALL_MS;
    this.#agent = new Agent({ headersTimeout: this.#stallMs, bodyTimeout: this.#stallMs, connectTimeout: 5000 });
  }

  get model(): string {
    return this.#model || 'the server’s model';
  }

  /** Asks which models there are; takes the first when none was named. */
  async start(signal: AbortSignal): Promise<void> {
    const { body } = await this.#send('GET', '/models', undefined, signal);
    const listed: unknown = await body.json().catch(() => undefined);
    const first = (listed as { data?: { id?: unknown }[] } | undefined)?.data?.[0]?.id;
    if (this.#model === '' && typeof first === 'string') this.#model = first;
    this.#health = { ok: true, detail: `${this.model} answers.` };
  }

  async prepare(): Promise<void> {}

  async *stream(llmRequest: LlmRequest, signal: AbortSignal): AsyncGenerator<string, void> {
    const started = performance.now();
    const { messages, maxTokens, stop = [] } = llmRequest;
    const asked = { messages, max_tokens: maxTokens, temperature: TEMPERATURE, stream: true };
    const { body } = await this.#send(
      'POST',
      '/chat/completions',
      {
        ...asked,
        ...(this.#model === '' ? {} : { model: this.#model }),
        ...(stop.length > 0 ? { stop: stop.slice(0, 4) } : {}),
      },
      signal,
    );
    const text = new StopText(stop);
    let generated = 0;
    let firstTokenMs = 0;
    let last: ChatChunk | undefined;
    try {
      for await (const chunk of this.#chunks(body, signal)) {
        last = { ...last, ...chunk };
        const content = chunk.choices?.[0]?.delta?.content ?? '';
        if (content === '') continue;
        if (generated++ === 0) firstTokenMs = performance.now() - started;
        const piece = text.add(content);
        if (piece !== '') yield piece;
        if (text.stopped) break;
      }
      const rest = text.end();
      if (rest !== '') yield rest;
      this.#last = this.#stats(last, generated, firstTokenMs, performance.now() - started);
      this.#health = { ok: true, detail: `${this.model} answers.` };
    } finally {
      body.destroy();
    }
  }

  lastAnswer(): LlmStats | undefined {
    return this.#last;
  }

  health(): LlmHealth {
    return this.#health;
  }

  async close(): Promise<void> {
    await this.#agent.destroy();
  }

  async #send(
    method: 'GET' | 'POST',
    path: string,
    content: object | undefined,
    signal: AbortSignal,
  ): Promise<Dispatcher.ResponseData> {
    const headers: Record<string, string> = { accept: 'text/event-stream, application/json' };
    if (content) headers['content-type'] = 'application/json';
    if (this.#options.apiKey !== '') headers.authorization = `Bearer ${this.#options.apiKey}`;
    let response: Dispatcher.ResponseData;
    try {
      const body = content ? JSON.stringify(content) : null;
      response = await request(this.#base + path, { method, headers, body, signal, dispatcher: this.#agent });
    } catch (error) {
      throw this.#failure(error, signal);
    }
    if (response.statusCode === 200) return response;
    const page = await response.body.text().then(
      (text) => text.slice(0, ERROR_BYTES),
      () => '',
    );
    throw this.#remember(refusal(response.statusCode, page));
  }

  async *#chunks(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<ChatChunk> {
    const events: EventSourceMessage[] = [];
    const parser = createParser({ onEvent: (event) => events.push(event), maxBufferSize: LONGEST_EVENT });
    const decoder = new TextDecoder();
    try {
      for await (const bytes of body) {
        parser.feed(decoder.decode(bytes, { stream: true }));
        for (const { data } of events.splice(0)) {
          const chunk = readChunk(data);
          if (chunk === undefined) return;
          if (chunk.error !== undefined)
            throw this.#broken(typeof chunk.error === 'string' ? chunk.error : chunk.error.message);
          yield chunk;
        }
      }
    } catch (error) {
      throw this.#failure(error, signal);
    }
  }

  #stats(chunk: ChatChunk | undefined, pieces: number, firstTokenMs: number, ms: number): LlmStats {
    const { timings, usage } = chunk ?? {};
    const generatedTokens = timings?.predicted_n ?? usage?.completion_tokens ?? pieces;
    const seconds = (ms - firstTokenMs) / 1000;
    const cached = timings?.cache_n;
    const promptTokens = usage?.prompt_tokens ?? (cached === undefined ? undefined : cached + (timings?.prompt_n ?? 0));
    return {
      model: chunk?.model ?? this.model,
      ...(promptTokens === undefined ? {} : { promptTokens }),
      ...(timings?.prompt_n === undefined ? {} : { evaluatedTokens: timings.prompt_n }),
      generatedTokens,
      firstTokenMs,
      tokensPerSecond: timings?.predicted_per_second ?? (seconds > 0 ? Math.max(0, generatedTokens - 1) / seconds : 0),
    };
  }

  #failure(error: unknown, signal: AbortSignal): unknown {
    if (signal.aborted) return signal.reason;
    if (error instanceof TwinError || isAbort(error)) return error;
    const code = (error as { code?: string }).code ?? '';
    if (/TIMEOUT/.test(code)) return this.#broken(`sent nothing for ${this.#stallMs / 1000} s`, error);
    if (error instanceof SyntaxError || (error instanceof Error && error.name === 'ZodError'))
      return this.#broken('sent what is no answer', error);
    return this.#broken(code === 'ECONNREFUSED' ? 'cannot be reached' : 'broke off', error);
  }

  #broken(how: string, cause?: unknown): TwinError {
    const next = 'Check LLM_BASE_URL and that the server runs.';
    return this.#remember(
      new TwinError('TWIN_LLM_UNAVAILABLE', `The language model's server ${how}.`, { next, retryable: true, cause }),
    );
  }

  #remember(error: TwinError): TwinError {
    this.#health = { ok: false, detail: `${error.message} ${error.next}` };
    return error;
  }
}

/** What a status other than 200 means, in words; what the server says is kept short and without line breaks. */
function refusal(status: number, page: string): TwinError {
  const said = /"message"\s*:\s*"((?:[^"\\]|\\.){1,200})/.exec(page)?.[1]?.replace(/\s+/g, ' ');
  const because = said === undefined ? '' : `: ${said}`;
  if (status === 401 || status === 403) {
    return new TwinError('TWIN_LLM_REFUSED', `The language model's server refuses the key (${status}).`, {
      next: 'Set LLM_API_KEY.',
    });
  }
  if (status === 404) {
    return new TwinError(
      'TWIN_LLM_REFUSED',
      `The language model's server does not know this model or address (404)${because}.`,
      {
        next: 'Check LLM_BASE_URL (it ends in /v1) and LLM_MODEL.',
      },
    );
  }
  const retryable = status === 429 || status >= 500;
  return new TwinError(
    retryable ? 'TWIN_LLM_UNAVAILABLE' : 'TWIN_LLM_REFUSED',
    `The language model's server answers ${status}${because}.`,
    {
      next: retryable ? 'Ask again in a moment.' : 'Look at the log of that server.',
      retryable,
    },
  );
}
