import type { DialectName, Endpoint } from '../endpoint.js';
import { AnthropicDialect } from './anthropic.js';
import type { Dialect } from './dialect.js';
import { LlamaDialect } from './llama.js';
import { ModelHttp } from './model-http.js';
import { OllamaDialect } from './ollama.js';
import { OpenAiDialect } from './openai.js';

/** Every way to ask a server, over one pool of connections. */
export class Dialects {
  readonly #http: ModelHttp;
  readonly llama: LlamaDialect;
  readonly #by: Record<DialectName, Dialect>;

  constructor() {
    const http = new ModelHttp();
    this.#http = http;
    this.llama = new LlamaDialect(http);
    this.#by = {
      llama: this.llama,
      openai: new OpenAiDialect(http),
      ollama: new OllamaDialect(http),
      anthropic: new AnthropicDialect(http),
    };
  }

  of({ dialect }: Endpoint): Dialect {
    return this.#by[dialect];
  }

  async close(): Promise<void> {
    await this.#http.close();
  }
}
