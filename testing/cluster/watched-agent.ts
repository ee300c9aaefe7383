import { openSocket } from '@twin/pipecat-app/cli/open-socket.js';
import type { Health, ServerEvent, ServerEventData } from '@twin/pipecat-app/server/protocol.js';
import { healthy, type RealServer, startReal } from '../bench/servers.js';
import { until } from './until.js';

export type Route = ServerEventData['route'];

/** An answer, and the way of its question to the experts as the agent tells it on `/ws`. */
export type Told = { answer: string; routes: Route[] };

/** The agent as people run it, on the experts of a Consul. Ears and voice need not be ready. */
export class WatchedAgent {
  readonly #routes: Route[] = [];
  readonly #ended = new Set<string>();

  private constructor(
    readonly server: RealServer,
    private readonly leave: AbortController,
  ) {}

  static async start(consul: string): Promise<WatchedAgent> {
    const env = { CONSUL_HTTP_ADDR: consul, TWIN_LOG_LEVEL: 'warn', TWIN_KEEP_CONVERSATION: 'false' };
    const server = await startReal({ env, enough: ({ consul }) => consul === 'ok' });
    const leave = new AbortController();
    const agent = new WatchedAgent(server, leave);
    const socket = await openSocket(server, '/ws', () => {}, leave.signal);
    socket.on('message', (data: Buffer) => agent.#see(JSON.parse(String(data)) as ServerEvent));
    socket.on('error', () => {});
    leave.signal.addEventListener('abort', () => socket.terminate(), { once: true });
    return agent;
  }

  /** A question to `auto` of the door that OpenAI's clients use. */
  async auto(question: string): Promise<Told> {
    return this.#told(async () => (await this.chat('auto', question)).text);
  }

  /** A typed message. */
  async typed(text: string): Promise<Told> {
    return this.#told(async () => {
      const response = await this.#post('/api/message', { text, wait: true });
      const body = (await response.json()) as { answer?: string };
      if (body.answer === undefined) throw new Error(JSON.stringify(body));
      return body.answer;
    });
  }

  /** One streamed answer of `model`: its text, its comments, and whether the stream came to its regular end. */
  async chat(
    model: string,
    question: string,
    { maxTokens, onText }: { maxTokens?: number; onText?: (pieces: number, routes: readonly string[]) => void } = {},
  ): Promise<{ text: string; comments: string[]; done: boolean }> {
    const messages = [{ role: 'user', content: question }];
    const limit = maxTokens === undefined ? {} : { max_tokens: maxTokens };
    const body = { model, messages, stream: true, temperature: 0, ...limit };
    const response = await this.#post('/v1/chat/completions', body);
    if (!response.ok || !response.body) throw new Error(`${response.status}: ${await response.text()}`);
    let text = '';
    let pieces = 0;
    let done = false;
    const comments: string[] = [];
    for await (const line of linesOf(response.body)) {
      if (line.startsWith(': ')) comments.push(line.slice(2));
      if (line === 'data: [DONE]') done = true;
      else if (line.startsWith('data: ')) {
        const event = JSON.parse(line.slice(6)) as { choices?: { delta: { content?: string } }[]; error?: object };
        if (event.error) throw new Error(JSON.stringify(event.error));
        const content = event.choices?.[0]?.delta.content ?? '';
        if (content === '') continue;
        text += content;
        onText?.(++pieces, comments);
      }
    }
    return { text, comments, done };
  }

  health(condition: (health: Health) => boolean, patienceMs = 45_000): Promise<Health> {
    return healthy(this.server.endpoint, condition, patienceMs);
  }

  /** Resolves when exactly these experts can be asked. */
  async knows(...names: string[]): Promise<void> {
    const wanted = [...names].sort().join();
    await until(`The experts ${wanted}`, async () => (await this.#models()).join() === wanted, { patienceMs: 45_000 });
  }

  async stop(): Promise<void> {
    this.leave.abort();
    await this.server.stop();
  }

  /** Names of experts that can be asked, `main` always. */
  async #models(): Promise<string[]> {
    const response = await fetch(`${this.server.endpoint}/v1/models`, { headers: this.#headers() });
    const { data } = (await response.json()) as { data: { id: string }[] };
    return data.flatMap(({ id }) => (id.startsWith('expert:') ? [id.slice('expert:'.length)] : [])).sort();
  }

  async #told(ask: () => Promise<string>): Promise<Told> {
    const from = this.#routes.length;
    const turns = this.#ended.size;
    const answer = await ask();
    await until('The record of the turn', () => this.#ended.size > turns);
    return { answer, routes: this.#routes.slice(from) };
  }

  #see(event: ServerEvent): void {
    if (event.type === 'route') this.#routes.push(event.data);
    if (event.type === 'turn') this.#ended.add(`${event.session}/${event.data.turn}`);
  }

  #post(path: string, body: object): Promise<Response> {
    const headers = { ...this.#headers(), 'content-type': 'application/json' };
    return fetch(this.server.endpoint + path, { method: 'POST', headers, body: JSON.stringify(body) });
  }

  #headers(): { authorization: string } {
    return { authorization: `Bearer ${this.server.key}` };
  }
}

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let held = '';
  for await (const bytes of body) {
    const lines = (held + decoder.decode(bytes, { stream: true })).split('\n');
    held = lines.pop() ?? '';
    yield* lines;
  }
}
