import { z } from 'zod';
import { renderCompletion } from '../completion-template.js';
import type { Endpoint } from '../endpoint.js';
import { jsonGrammar, LONGEST_OF_BASE } from '../json-grammar.js';
import { toolsAsText } from '../tools-as-text.js';
import { answer, type Raw } from './answer.js';
import type { ChatEvent, ChatRequest, Dialect } from './dialect.js';
import { sseData } from './lines.js';
import { broken, type ModelHttp } from './model-http.js';
import { NativeOrText } from './native-or-text.js';
import { plainMessages } from './native-tools.js';
import { chunks, openAiBody } from './openai.js';
import { countsOf, errorIn, progressOf, readCompletion } from './openai-chunk.js';

const applied = z.looseObject({ prompt: z.string() });
const slots = z.array(z.looseObject({ is_processing: z.boolean() }));
const props = z.looseObject({ total_slots: z.number().int().min(1) });

/**
 * llama.cpp's server. It says how far it has evaluated the prompt, and it goes on behind a partial answer to the
 * letter: the template is applied without the answer, and the answer is appended as it is, because a template may trim
 * it.
 */
export class LlamaDialect implements Dialect {
  readonly seam = 'exact';
  readonly #native = new NativeOrText();

  constructor(private readonly http: ModelHttp) {}

  chat(endpoint: Endpoint, request: ChatRequest, signal: AbortSignal): AsyncGenerator<ChatEvent, void> {
    const its = root(endpoint);
    // What was begun about a picture is gone on with as a message: only text goes behind a template that was applied.
    const partial = request.messages.some(({ images = [] }) => images.length > 0) ? '' : (request.partial ?? '');
    // Native tools stand in front of everything in most templates, so that nothing of the persona stays evaluated; in
    // words they stand behind it.
    // The marks of the template may stand inside of what has a form.
    const formed = partial === '' && (request.tools?.length ?? 0) > 0;
    const { stop = [] } = its.template === 'completion' && !formed ? renderCompletion(request.messages) : {};
    const asked = { ...request, stop: [...stop, ...(request.stop ?? [])] };
    if (its.template === 'completion' && request.messages.at(-1)?.sayable) return nothing();
    const raw =
      its.template === 'completion' || partial !== ''
        ? this.#text(its, toolsAsText(asked, its.template), signal)
        : its.tools === 'native'
          ? this.#native.ask(its, asked, (one) => this.#chat(its, one, signal))
          : this.#chat(its, toolsAsText(asked), signal);
    return answer(raw, { stop: asked.stop, model: endpoint.model, now: () => performance.now() });
  }

  async alive(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
    await this.http.json(root(endpoint), { path: '/health' }, signal);
  }

  /** The list of slots is made by the loop that also evaluates: a server that hangs does not answer. */
  async busy(endpoint: Endpoint, signal: AbortSignal): Promise<boolean> {
    const listed = slots.safeParse(await this.http.json(root(endpoint), { path: '/slots' }, signal));
    return listed.success && listed.data.every((slot) => slot.is_processing);
  }

  /** How many conversations the server holds at once, and how many of them are under way. @throws TwinError as `chat`. */
  async use(endpoint: Endpoint, signal: AbortSignal): Promise<{ total: number; busy: number } | undefined> {
    const listed = slots.safeParse(await this.http.json(root(endpoint), { path: '/slots' }, signal));
    if (!listed.success) return undefined;
    return { total: listed.data.length, busy: listed.data.filter((slot) => slot.is_processing).length };
  }

  /** How many conversations the server keeps evaluated. @throws TwinError as `chat`. */
  async slots(endpoint: Endpoint, signal: AbortSignal): Promise<number> {
    const its = props.safeParse(await this.http.json(root(endpoint), { path: '/props' }, signal));
    return its.success ? its.data.total_slots : 1;
  }

  #chat(endpoint: Endpoint, request: ChatRequest, signal: AbortSignal): AsyncGenerator<Raw, void> {
    const body = { ...openAiBody(endpoint, request), ...extras(endpoint, request) };
    return chunks(this.http, endpoint, { path: '/v1/chat/completions', body }, signal);
  }

  async *#text(endpoint: Endpoint, request: ChatRequest, signal: AbortSignal): AsyncGenerator<Raw, void> {
    const { maxTokens, stop = [], temperature, partial = '' } = request;
    const prompt = (await this.#prompt(endpoint, request, signal)) + partial;
    const asked = { prompt, n_predict: maxTokens, stop, stream: true, ...extras(endpoint, request) };
    const body = temperature === undefined ? asked : { temperature, ...asked };
    const stream = await this.http.open(endpoint, { path: '/completion', body }, signal);
    let ended = false;
    try {
      for await (const data of sseData(stream)) {
        const chunk = readCompletion(data);
        const problem = errorIn(chunk);
        if (problem !== undefined) throw broken(endpoint, problem);
        const progress = progressOf(chunk);
        if (progress) yield { progress };
        if (chunk.timings) yield { counts: countsOf({ timings: chunk.timings }) };
        if (chunk.content !== '') yield { text: chunk.content };
        if (chunk.stop) ended = true;
      }
      if (!ended) throw broken(endpoint, 'broke off');
    } catch (error) {
      throw this.http.failure(endpoint, error, signal);
    } finally {
      stream.destroy();
    }
  }

  async #prompt(endpoint: Endpoint, { messages }: ChatRequest, signal: AbortSignal): Promise<string> {
    if (endpoint.template === 'completion') return renderCompletion(messages).text;
    const page = await this.http.json(
      endpoint,
      { path: '/apply-template', body: { messages: plainMessages(messages) } },
      signal,
    );
    const result = applied.safeParse(page);
    if (result.success) return result.data.prompt;
    throw broken(endpoint, 'does not apply its template', result.error);
  }
}

async function* nothing(): AsyncGenerator<never, void> {}

/** What only llama.cpp's server knows. */
const extras = ({ template }: Endpoint, { slot, form }: ChatRequest): object => ({
  // Marks of a template do not end what has a form: they may stand inside of it, and it has an end of its own.
  ...(form !== undefined && {
    grammar: jsonGrammar(form, template === 'completion' ? LONGEST_OF_BASE : undefined),
    temperature: 0,
    stop: [],
  }),
  return_progress: true,
  cache_prompt: true,
  ...(slot === undefined ? {} : { id_slot: slot }),
});

const root = (endpoint: Endpoint): Endpoint => ({ ...endpoint, baseUrl: endpoint.baseUrl.replace(/(\/v1)?\/*$/, '') });
