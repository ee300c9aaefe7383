import { TwinError } from '../../errors.js';
import type { Endpoint } from '../endpoint.js';
import { toolsAsText } from '../tools-as-text.js';
import type { Raw } from './answer.js';
import type { ChatRequest } from './dialect.js';

/** How tools are offered: natively; in words with a form that the answer has to fit; in words alone. */
const WAYS = ['native', 'form', 'words'] as const;

/**
 * Offers tools natively, and in words to servers that refuse to be asked so (llama-server without `--jinja`, models
 * without tools, servers without forms). What a server refuses is remembered, so that it is asked twice only once.
 */
export class NativeOrText {
  /** The first way that a server takes, as an index. */
  readonly #taken = new Map<string, number>();

  async *ask(
    { baseUrl, model }: Endpoint,
    request: ChatRequest,
    open: (request: ChatRequest) => AsyncIterable<Raw>,
  ): AsyncGenerator<Raw, void> {
    if ((request.tools?.length ?? 0) === 0) return yield* open(request);
    const server = `${baseUrl} ${model}`;
    const first = this.#taken.get(server) ?? 0;
    for (let way = first; ; way++) {
      let answered = false;
      try {
        for await (const event of open(inWay(WAYS[way], request))) {
          // Here, because whoever has heard a whole call leaves before the end.
          if (!answered) this.#taken.set(server, way);
          answered = true;
          yield event;
        }
        return;
      } catch (error) {
        const refused = error instanceof TwinError && /answers [45]\d\d/.test(error.message);
        if (answered || !refused || way + 1 >= WAYS.length) throw error;
      }
    }
  }
}

function inWay(way: (typeof WAYS)[number] | undefined, request: ChatRequest): ChatRequest {
  if (way === 'native') return request;
  const { form, ...asked } = toolsAsText(request);
  return way === 'form' && form !== undefined ? { ...asked, form } : asked;
}
