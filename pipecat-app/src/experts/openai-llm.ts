import { TwinError } from '../errors.js';
import { ModelHttp } from './dialects/model-http.js';
import { OpenAiDialect } from './dialects/openai.js';
import type { Endpoint } from './endpoint.js';
import type { Llm, LlmHealth, LlmPiece, LlmRequest, LlmStats } from './llm.js';

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

/** Any server with OpenAI's `POST /chat/completions`: llama.cpp, Ollama, vLLM, or a service on the net. */
export class OpenAiLlm implements Llm {
  readonly seam = 'loose';
  readonly #http: ModelHttp;
  readonly #dialect: OpenAiDialect;
  #endpoint: Endpoint;
  #health: LlmHealth = { ok: false, detail: 'It was not asked yet.' };
  #last: LlmStats | undefined;

  constructor({ baseUrl, apiKey, model, stallMs = STALL_MS }: OpenAiLlmOptions) {
    this.#http = new ModelHttp(stallMs);
    this.#dialect = new OpenAiDialect(this.#http);
    const settings = { address: 'LLM_BASE_URL', key: 'LLM_API_KEY' };
    this.#endpoint = { dialect: 'openai', baseUrl, apiKey, model, template: 'chat', settings };
  }

  get model(): string {
    return this.#endpoint.model || 'the server’s model';
  }

  /** Asks which models there are; takes the first when none was named. */
  async start(signal: AbortSignal): Promise<void> {
    const listed = await this.#noting(this.#http.json(this.#endpoint, { path: '/models' }, signal));
    const first = (listed as { data?: { id?: unknown }[] } | undefined)?.data?.[0]?.id;
    if (this.#endpoint.model === '' && typeof first === 'string') this.#endpoint = { ...this.#endpoint, model: first };
    this.#answers();
  }

  async prepare(): Promise<void> {}

  async *stream(request: LlmRequest, signal: AbortSignal): AsyncGenerator<LlmPiece, void> {
    try {
      for await (const event of this.#dialect.chat(this.#endpoint, request, signal)) {
        if ('text' in event) yield event.text;
        else if ('call' in event) yield event;
        else if ('stats' in event) this.#last = { ...event.stats, model: event.stats.model || this.model };
      }
      this.#answers();
    } catch (error) {
      this.#remember(error);
      throw error;
    }
  }

  lastAnswer(): LlmStats | undefined {
    return this.#last;
  }

  health(): LlmHealth {
    return this.#health;
  }

  async close(): Promise<void> {
    await this.#http.close();
  }

  async #noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#remember(error);
      throw error;
    }
  }

  #answers(): void {
    this.#health = { ok: true, detail: `${this.model} answers.` };
  }

  #remember(error: unknown): void {
    if (error instanceof TwinError) this.#health = { ok: false, detail: `${error.message} ${error.next}` };
  }
}
