import { TwinError } from '../errors.js';
import type { Gateway, Route } from '../experts/gateway.js';
import type { Llm } from '../experts/llm.js';
import { MAIN, type Wanted } from '../experts/routing/wanted.js';
import type { NativeCall, ToolSpec } from '../experts/tool-spec.js';
import type { Exchange } from '../memory/short-term.js';
import type { ToolResult } from '../tools/tool.js';
import { guarded } from './answer-guard.js';
import { unwrapped } from './answer-object.js';
import type { Personas } from './personas.js';
import { plainText } from './plain-text.js';
import { promptFor, sharedPrompt, withFacts } from './prompt.js';
import { ROUTE_TOOL, type RouteCall, routeIn } from './route-call.js';
import { Steps } from './steps.js';
import { type CallItem, fromNative, type ToolCall, withToolCalls } from './tool-calls.js';

export type AnswerSize = {
  tokens: number;
  sentences: number;
  /** The same for an answer by an expert, which may explain more. */
  expertTokens: number;
  expertSentences: number;
  /** Characters of question and remembered turns that fit the model's context. */
  promptChars: number;
  /** Calls of tools, routes and the answer itself. */
  steps: number;
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
  steps: 8,
  firstWordMs: 20_000,
  wakingMs: 150_000,
};

/** Said when an answer will take a while. */
const ONE_MOMENT = 'One moment. ';

/** A wait that is shorter needs no figure, in seconds. */
const SHORT_WAIT_S = 3;

/** What is said while an expert is woken. */
function wakingWords({ expert, wakeMs = 0 }: Route): string {
  const seconds = Math.round(wakeMs / 1000);
  if (seconds < SHORT_WAIT_S) return ONE_MOMENT;
  return `One moment, I am waking the ${plainText(expert)} expert; that takes about ${seconds} seconds. `;
}

/** Characters that a model is told of one tool. */
const TOOL_CHARS = 150;

/** Tokens of an answer that may be a call. */
const CALL_TOKENS = 400;

/** What an answer may draw on besides the conversation. */
export type Help = {
  /** Tools that the question may want. */
  tools?: readonly ToolSpec[];
  /** Remembered facts that may matter. */
  facts?: readonly string[];
  /** Uses a tool; `later` when its result will not come in this turn. Left out: there are no tools. */
  use?: (call: ToolCall, signal: AbortSignal) => AsyncGenerator<AnswerEvent, ToolResult | 'later'>;
};

type Job = {
  question: string;
  turns: readonly Exchange[];
  tools: readonly ToolSpec[];
  facts: readonly string[];
  steps: Steps;
};

export type AnswerEvent =
  | { type: 'text'; delta: string }
  | { type: 'toolCall'; tool: string; args: Record<string, unknown> }
  | { type: 'toolResult'; tool: string; args: Record<string, unknown>; ok: boolean; output: string }
  | { type: 'route'; route: Route }
  | { type: 'routeCall'; call: RouteCall };

export type AnswersParts = {
  llm: Llm;
  /** The way to experts; without it `llm` answers everything. */
  gateway?: Gateway;
  personas: Pick<Personas, 'router' | 'expert'>;
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
   * The answer to `question` after `turns`, word by word: the model answers, has a tool used, or hands the question to an
   * expert, until it answers in words or its steps are used up.
   * @throws TwinError `TWIN_LLM_SLOW`, `TWIN_PROMPT_FILE`, and those of `Llm.stream`
   */
  async *to(
    question: string,
    turns: readonly Exchange[],
    signal: AbortSignal,
    { tools = [], facts = [], use }: Help = {},
  ): AsyncGenerator<AnswerEvent, void> {
    const { gateway } = this.parts;
    const steps = new Steps();
    let wanted = gateway?.wanted(question) ?? { expert: MAIN, confidence: 1, named: false };
    let job: Job = { question, turns, tools, facts, steps };
    let routed = false;
    try {
      for (let step = 0; step < this.#size.steps; step++) {
        let item: CallItem | undefined;
        for await (const event of this.#by(wanted, job, signal)) {
          if ('item' in event) item = event.item;
          else {
            if (event.type === 'text') steps.unsaid = '';
            yield event;
          }
        }
        if (item === undefined) break;
        if ('malformed' in item) {
          if (!steps.repair(item.malformed)) job = { ...job, tools: [], facts, steps: new Steps() };
          continue;
        }
        const route = routeIn(item.call);
        if (route || item.call.name === ROUTE_TOOL) {
          // An expert that wants another expert is not followed: two could send each other the question for ever.
          if (!route || !gateway || routed) break;
          routed = true;
          yield { type: 'routeCall', call: route };
          wanted = { expert: route.expert, confidence: 1, named: true };
          job = { ...job, question: route.query, steps: new Steps() };
          continue;
        }
        if (use === undefined) break;
        const result = yield* use(item.call, signal);
        if (result === 'later') return;
        // A question for consent is said in the gate's own words: a model could make it sound harmless.
        if (result.ok ? item.call.name.startsWith('final_answer.') : result.error === 'TWIN_ASKING') {
          steps.unsaid = result.output;
          break;
        }
        if (!steps.add(item.call, result)) job = { ...job, tools: [], steps: new Steps() };
      }
    } catch (error) {
      if (signal.aborted || steps.unsaid === '') throw error;
    }
    if (steps.unsaid !== '') yield { type: 'text', delta: plainText(steps.unsaid) };
  }

  async *#by(
    wanted: Wanted,
    job: Job,
    signal: AbortSignal,
  ): AsyncGenerator<Exclude<AnswerEvent, { type: 'routeCall' }> | { item: CallItem }, void> {
    const size = this.#size;
    const patience = new Patience(size.firstWordMs);
    const items = this.#items(wanted, job, AbortSignal.any([signal, patience.signal]));
    const sentences = wanted.expert === MAIN ? size.sentences : size.expertSentences;
    let waits = false;
    let said = false;
    try {
      for await (const item of guarded(withToolCalls(unwrapped(items)), { sentences })) {
        if (typeof item === 'string') {
          patience.end();
          said = true;
          yield { type: 'text', delta: item };
        } else if ('native' in item) return yield { item: fromNative(item.native) };
        else if ('call' in item || 'malformed' in item) return yield { item };
        else {
          const { route } = item;
          yield { type: 'route', route };
          if (route.step === 'waking') patience.restart(size.wakingMs);
          if (route.step !== 'chosen' && !waits && !said) {
            waits = true;
            yield { type: 'text', delta: route.step === 'waking' ? wakingWords(route) : ONE_MOMENT };
          }
          if (route.step === 'chosen' && wanted.named && route.expert !== wanted.expert && !said)
            yield { type: 'text', delta: `The ${plainText(wanted.expert)} expert is not there, so I answer myself. ` };
        }
      }
    } finally {
      patience.end();
    }
  }

  /** Pieces of the answer, and between them the way that it takes. */
  async *#items(
    wanted: Wanted,
    { question, turns, tools, facts, steps }: Job,
    signal: AbortSignal,
  ): AsyncGenerator<string | { route: Route } | { native: NativeCall }, void> {
    const { personas, gateway, llm } = this.parts;
    const size = this.#size;
    const isMain = wanted.expert === MAIN;
    const persona = isMain ? MAIN : (gateway?.personaOf(wanted.expert) ?? MAIN);
    const who = isMain ? personas.router() : personas.expert(persona);
    const room = Math.max(0, size.promptChars - steps.length - tools.length * TOOL_CHARS);
    const messages = [...promptFor(who, turns, withFacts(question, facts), room), ...steps.messages];
    const plain = isMain ? size.tokens : size.expertTokens;
    const request = {
      messages,
      maxTokens: tools.length > 0 ? Math.max(plain, CALL_TOKENS) : plain,
      ...(tools.length > 0 ? { tools } : {}),
    };
    if (gateway === undefined) {
      for await (const piece of llm.stream(request, signal))
        yield typeof piece === 'string' ? piece : { native: piece.call };
      return;
    }
    for await (const event of gateway.answer({ ...request, wanted, persona }, signal)) {
      if ('text' in event) yield event.text;
      else if ('call' in event) yield { native: event.call };
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
