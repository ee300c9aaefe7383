import { TwinError } from '../errors.js';
import type { Gateway, Route } from '../experts/gateway.js';
import type { Llm } from '../experts/llm.js';
import { MAIN, type Wanted } from '../experts/routing/wanted.js';
import type { Exchange } from '../memory/short-term.js';
import { guarded } from './answer-guard.js';
import type { Personas } from './personas.js';
import { promptFor, sharedPrompt } from './prompt.js';
import { type RouteCall, withRouteCalls } from './route-call.js';

export type AnswerSize = {
  tokens: number;
  sentences: number;
  /** The same for an answer by an expert, which may explain more. */
  expertTokens: number;
  expertSentences: number;
  /** Characters of question and remembered turns that fit the model's context. */
  promptChars: number;
  /** Longest wait for the model's first word, in ms. */
  firstWordMs: number;
  /** The same while an expert is woken. */
  wakingMs: number;
};

const SIZE: AnswerSize = {
  tokens: 80,
  sentences: 3,
  expertTokens: 300,
  expertSentences: 8,
  promptChars: 4500,
  firstWordMs: 20_000,
  wakingMs: 150_000,
};

/** Said when an answer will take a while. */
const ONE_MOMENT = 'One moment. ';

export type AnswerEvent =
  | { type: 'text'; delta: string }
  | { type: 'route'; route: Route }
  | { type: 'routeCall'; call: RouteCall };

export type AnswersParts = {
  llm: Llm;
  /** The way to experts; without it `llm` answers everything. */
  gateway?: Gateway;
  personas: Personas;
  limits?: Partial<AnswerSize>;
};

/** Answers to open questions, by Twin itself or by an expert. */
export class Answers {
  readonly #size: AnswerSize;

  constructor(private readonly parts: AnswersParts) {
    this.#size = { ...SIZE, ...parts.limits };
  }

  /** Lets the model evaluate the persona, so that the first question is answered as fast as the others. */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.parts.llm.prepare(sharedPrompt(this.parts.personas.router()), signal);
  }

  /**
   * The answer to `question` after `turns`, word by word.
   * @throws TwinError `TWIN_LLM_SLOW`, `TWIN_PROMPT_FILE`, and those of `Llm.stream`
   */
  async *to(question: string, turns: readonly Exchange[], signal: AbortSignal): AsyncGenerator<AnswerEvent, void> {
    const { gateway } = this.parts;
    const wanted = gateway?.wanted(question) ?? { expert: MAIN, confidence: 1, named: false };
    let call: RouteCall | undefined;
    for await (const event of this.#by(wanted, question, turns, signal)) {
      if (event.type === 'routeCall') call = event.call;
      else yield event;
    }
    if (call === undefined || gateway === undefined) return;
    yield { type: 'routeCall', call };
    const named = { expert: call.expert, confidence: 1, named: true };
    // An expert that wants another expert is not followed: two could send each other the question for ever.
    for await (const event of this.#by(named, call.query, turns, signal)) if (event.type !== 'routeCall') yield event;
  }

  async *#by(
    wanted: Wanted,
    question: string,
    turns: readonly Exchange[],
    signal: AbortSignal,
  ): AsyncGenerator<AnswerEvent, void> {
    const size = this.#size;
    const patience = new Patience(size.firstWordMs);
    const items = this.#items(wanted, question, turns, AbortSignal.any([signal, patience.signal]));
    const sentences = wanted.expert === MAIN ? size.sentences : size.expertSentences;
    let waits = false;
    let said = false;
    try {
      for await (const item of guarded(withRouteCalls(items), { sentences })) {
        if (typeof item === 'string') {
          patience.end();
          said = true;
          yield { type: 'text', delta: item };
        } else if ('call' in item) yield { type: 'routeCall', call: item.call };
        else {
          const { route } = item;
          yield { type: 'route', route };
          if (route.step === 'waking') patience.restart(size.wakingMs);
          if (route.step !== 'chosen' && !waits && !said) {
            waits = true;
            yield { type: 'text', delta: ONE_MOMENT };
          }
          if (route.step === 'chosen' && wanted.named && route.expert !== wanted.expert && !said)
            yield { type: 'text', delta: `The ${wanted.expert} expert is not there, so I answer myself. ` };
        }
      }
    } finally {
      patience.end();
    }
  }

  /** Pieces of the answer, and between them the way that it takes. */
  async *#items(
    wanted: Wanted,
    question: string,
    turns: readonly Exchange[],
    signal: AbortSignal,
  ): AsyncGenerator<string | { route: Route }, void> {
    const { personas, gateway, llm } = this.parts;
    const size = this.#size;
    const isMain = wanted.expert === MAIN;
    const persona = isMain ? MAIN : (gateway?.personaOf(wanted.expert) ?? MAIN);
    const who = isMain ? personas.router() : personas.expert(persona);
    const messages = promptFor(who, turns, question, size.promptChars);
    const maxTokens = isMain ? size.tokens : size.expertTokens;
    if (gateway === undefined) {
      yield* llm.stream({ messages, maxTokens }, signal);
      return;
    }
    for await (const event of gateway.answer({ messages, maxTokens, wanted, persona }, signal)) {
      if ('text' in event) yield event.text;
      else if ('route' in event) yield event;
    }
  }
}

/** Aborts when it was not ended in time. */
class Patience {
  readonly #stop = new AbortController();
  readonly signal = this.#stop.signal;
  #timer: NodeJS.Timeout;

  constructor(ms: number) {
    this.#timer = this.#begin(ms);
  }

  restart(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = this.#begin(ms);
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #begin(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#stop.abort(new TwinError('TWIN_LLM_SLOW', 'It took too long.')), ms);
  }
}
