import { join } from 'node:path';
import { isAbort, TwinError } from '../errors.js';
import { type Clock, monotonicClock } from '../experts/clock.js';
import type { Gateway } from '../experts/gateway.js';
import type { Llm } from '../experts/llm.js';
import { type Evicted, ShortTermMemory } from '../memory/short-term.js';
import type { Approvals } from '../tools/approval/approvals.js';
import type { ToolRegistry } from '../tools/registry.js';
import type { Controls, ToolResult } from '../tools/tool.js';
import { type AnswerSize, Answers } from './answers.js';
import { apology, inWords, plainly } from './apologies.js';
import { consentAnswer } from './consent-answer.js';
import { inTime } from './in-time.js';
import { AskBack } from './meaning/ask-back.js';
import type { Meaning, Meant } from './meaning/meaning.js';
import type { Mind, MindEvent, Query } from './mind.js';
import { Personas } from './personas.js';
import { plainText } from './plain-text.js';
import { Reflex, type Understood } from './reflex/reflex.js';
import { ROUTE_TOOL } from './route-call.js';
import { type LateResult, RunningTools } from './running-tools.js';
import type { ToolCall } from './tool-calls.js';
import { likely, type Meanings, type Near } from './tool-choice.js';
import type { Log } from './watched-file.js';

type Fact = { id: number; text: string };

export type TwinServiceParts = {
  llm: Llm;
  /** The way to experts; without it `llm` answers everything. */
  gateway?: Gateway;
  registry: ToolRegistry;
  /** Where an answer to a question for consent goes. */
  approvals?: Pick<Approvals, 'waiting' | 'answer'>;
  /** Folder with `commands.yaml`, `router.txt` and `<expert>_expert.txt`. */
  promptsDir: string;
  /** Which tools a question may want; left out, by its words. */
  meanings?: Meanings;
  /** Commands that no template fits, by their meaning; left out, the model answers them. */
  meaning?: Pick<Meaning, 'of' | 'prepare'>;
  /** What is remembered for long. */
  memory?: { recall(text: string, signal: AbortSignal): Promise<readonly Fact[]> };
  /** Told of the result of a call whose session has ended. */
  late?: LateResult;
  /** Wall clock, ms since 1970; injected in tests. */
  now?: () => number;
  /** Time of tools; manual in tests. */
  clock?: Clock;
  log?: Log;
  limits?: Partial<AnswerSize>;
  /** Told of turns that the last ten of a session no longer hold. */
  evicted?: Evicted;
};

const LONGEST_QUESTION = 4000;

/** The mind: commands first, then the language model with the last ten turns; a failure is said in words. */
export class TwinService implements Mind {
  readonly #reflex: Reflex;
  readonly #answers: Answers;
  readonly #memory: ShortTermMemory;
  readonly #tools: RunningTools;
  readonly #asked: AskBack;
  /** What each session heard last. */
  readonly #heard = new Map<string, string>();

  constructor(private readonly parts: TwinServiceParts) {
    this.#memory = new ShortTermMemory(parts.evicted);
    this.#reflex = new Reflex(join(parts.promptsDir, 'commands.yaml'), parts.log);
    this.#tools = new RunningTools(parts.registry, parts.clock, parts.late);
    this.#asked = new AskBack(parts.clock ?? monotonicClock);
    const personas = new Personas(parts.promptsDir, parts.log);
    this.#answers = new Answers({ ...parts, personas });
  }

  /** Lets the model evaluate the persona, so that the first question is answered as fast as the others. */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.#answers.prepare(signal);
    this.#orElse(undefined, () => this.parts.meaning?.prepare(this.#reflex.commands()));
  }

  async *reply(query: Query, signal: AbortSignal): AsyncGenerator<MindEvent, void> {
    signal.throwIfAborted();
    const text = plainText(query.text ?? '')
      .trim()
      .slice(0, LONGEST_QUESTION);
    if (!/[\p{L}\p{N}]/u.test(text)) {
      yield* apology('I did not understand that.');
      return;
    }
    const { approvals, now = Date.now } = this.parts;
    const heard = this.#heard.get(query.session) ?? '';
    const decided = approvals && (await consentAnswer(approvals, text, query.controls.caller, heard, now()));
    if (decided !== undefined) {
      this.#asked.forget(query.session);
      yield* plainly(decided);
      return;
    }
    const answered = this.#asked.answer(query.session, text);
    const understood = answered === undefined ? this.#understand(text) : undefined;
    if (answered === 'no') yield* plainly('All right.');
    else if (answered) yield* this.#act([answered.yes], query, signal);
    else if (understood) yield* this.#act([understood], query, signal);
    else yield* this.#open(text, query, signal);
  }

  isCompleteCommand(text: string): boolean {
    return this.#orElse(false, () => this.#reflex.isComplete(text));
  }

  commit(session: string, userText: string, answer: string): void {
    if (answer !== '') this.#heard.set(session, answer);
    const [user, assistant] = [plainText(userText).trim(), plainText(answer).trim()];
    if (user !== '' && assistant !== '') this.#memory.add(session, user, assistant);
  }

  hints(): string {
    return this.#orElse('', () => this.#reflex.hints());
  }

  understands(text: string): boolean {
    return this.#orElse(false, () => this.#reflex.isClear(plainText(text)));
  }

  interrupts(text: string): boolean {
    return this.#orElse(false, () => this.#reflex.isImmediate(plainText(text)));
  }

  grammar(): string {
    return this.#orElse('', () => this.#reflex.grammar());
  }

  forget(session: string): void {
    this.#memory.forget(session);
    this.#heard.delete(session);
    this.#asked.forget(session);
    this.#tools.forget(session);
  }

  /** Stops the tools that still run and waits for them. */
  close(): Promise<void> {
    this.#asked.close();
    return this.#tools.close();
  }

  /** The last exchanges of a session, oldest first. */
  turns(session: string): ReturnType<ShortTermMemory['turns']> {
    return this.#memory.turns(session);
  }

  #understand(text: string): Understood | undefined {
    return this.#orElse(undefined, () => this.#reflex.understand(text));
  }

  /** Commands are an addition: without their file, everything goes to the model. */
  #orElse<T>(without: T, ask: () => T): T {
    try {
      return ask();
    } catch (error) {
      this.parts.log?.warn({ err: error }, 'the commands cannot be used');
      return without;
    }
  }

  /** No command word for word: one by its meaning, a question back, or an answer of the model. */
  async *#open(text: string, query: Query, signal: AbortSignal): AsyncGenerator<MindEvent, void> {
    const near = this.#near(text, signal);
    const { meaning, approvals } = this.parts;
    const meant = await inTime<Meant>(
      { kind: 'none' },
      meaning && ((its) => meaning.of(text, this.#reflex, its).catch((error: unknown) => this.#meansNothing(error))),
      signal,
    );
    signal.throwIfAborted();
    if (meant.kind === 'act') yield* this.#act(meant.commands, query, signal);
    // A "yes" must not be for two questions.
    else if (meant.kind === 'ask' && !approvals?.waiting(query.session)) {
      this.#asked.ask(query.session, meant.command);
      yield* plainly(plainText(meant.question));
    } else yield* this.#answer(text, query, await near, signal);
  }

  #meansNothing(error: unknown): Meant {
    if (!isAbort(error)) this.parts.log?.warn({ err: error }, 'no command was looked for by its meaning');
    return { kind: 'none' };
  }

  /** Memories and tools that bear on `text`, as far as they come in time. */
  async #near(
    text: string,
    signal: AbortSignal,
  ): Promise<{ facts: readonly Fact[]; tools: readonly Near[] | undefined }> {
    const { memory, meanings } = this.parts;
    const [facts, tools] = await Promise.all([
      inTime<readonly Fact[]>([], memory && ((its) => memory.recall(text, its)), signal),
      inTime(undefined, meanings && ((its) => meanings.nearest(text, its)), signal),
    ]);
    return { facts, tools };
  }

  async *#act(
    commands: readonly Understood[],
    { controls }: Query,
    signal: AbortSignal,
  ): AsyncGenerator<MindEvent, void> {
    let source: 'reflex' | 'apology' = 'reflex';
    let said = false;
    for (const { call: tool, args, reply } of commands) {
      let words = reply ?? '';
      if (tool !== undefined) {
        const result = yield* this.#use({ name: tool, args }, controls, signal);
        if (result === 'later') continue;
        const { ok, output } = result;
        if (!ok) source = 'apology';
        words = ok && reply !== undefined ? fillIn(reply, { ...args, output }) : output;
      }
      if (words !== '') yield { type: 'text', delta: `${said ? ' ' : ''}${plainText(words)}` };
      said ||= words !== '';
    }
    yield { type: 'done', source };
  }

  /** Runs a tool; words bridge a long wait. `later`: the result will be announced. */
  async *#use(
    { name: tool, args }: ToolCall,
    controls: Controls,
    signal: AbortSignal,
  ): AsyncGenerator<ToolEvent, ToolResult | 'later'> {
    yield { type: 'toolCall', tool, args };
    for await (const news of this.#tools.run(tool, args, controls, signal)) {
      if ('filler' in news) yield { type: 'text', delta: news.filler };
      else if ('later' in news) yield { type: 'text', delta: news.later };
      else {
        const { ok, output } = news.result;
        yield { type: 'toolResult', tool, args, ok, output };
        return news.result;
      }
    }
    return 'later';
  }

  async *#answer(
    text: string,
    { session, controls }: Query,
    { facts, tools }: { facts: readonly Fact[]; tools: readonly Near[] | undefined },
    signal: AbortSignal,
  ): AsyncGenerator<MindEvent, void> {
    signal.throwIfAborted();
    if (facts.length > 0) yield { type: 'memories', ids: facts.map(({ id }) => id) };
    const help = {
      tools: likely(text, this.parts.registry.list(), tools),
      facts: facts.map((fact) => fact.text),
      use: (call: ToolCall, its: AbortSignal) => this.#use(call, controls, its),
    };
    let said = false;
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const event of this.#answers.to(text, this.#memory.turns(session), signal, help)) {
          if (event.type === 'routeCall') {
            yield { type: 'toolCall', tool: ROUTE_TOOL, args: event.call };
            yield { type: 'toolResult', tool: ROUTE_TOOL, args: event.call, ok: true, output: '' };
            continue;
          }
          if (event.type === 'text' || event.type === 'toolCall') said = true;
          yield event;
        }
        if (said) yield { type: 'done', source: 'model' };
        else yield* apology('I have no answer to that.');
        return;
      } catch (error) {
        if (signal.aborted) throw signal.reason;
        this.parts.log?.warn({ err: error, attempt }, 'the language model did not answer');
        if (attempt === 1 && !said && error instanceof TwinError && error.retryable) continue;
        yield* apology(said ? ' … I am sorry, I lost the thread. Please ask again.' : inWords(error));
        return;
      }
    }
  }
}

type ToolEvent = Extract<MindEvent, { type: 'text' | 'toolCall' | 'toolResult' }>;

const fillIn = (template: string, values: Record<string, unknown>): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
