import { TwinError } from '../../errors.js';
import type { Endpoint } from '../endpoint.js';
import { toolsAsText } from '../tools-as-text.js';
import type { Raw } from './answer.js';
import type { ChatRequest } from './dialect.js';

/**
 * Offers tools natively, and in words to servers that refuse to be asked so (llama-server without `--jinja`, models
 * without tools). Such a server is remembered, so that it is asked twice only once.
 */
export class NativeOrText {
  readonly #refusing = new Set<string>();

  async *ask(
    { baseUrl, model }: Endpoint,
    request: ChatRequest,
    open: (request: ChatRequest) => AsyncIterable<Raw>,
  ): AsyncGenerator<Raw, void> {
    const server = `${baseUrl} ${model}`;
    const native = (request.tools?.length ?? 0) > 0 && !this.#refusing.has(server);
    if (!native) return yield* open(toolsAsText(request));
    let answered = false;
    try {
      for await (const event of open(request)) {
        answered = true;
        yield event;
      }
    } catch (error) {
      if (answered || !(error instanceof TwinError) || !/answers [45]\d\d/.test(error.message)) throw error;
      for await (const event of open(toolsAsText(request))) {
        // Here, because whoever has heard a whole call leaves before the end.
        this.#refusing.add(server);
        yield event;
      }
    }
  }
}
