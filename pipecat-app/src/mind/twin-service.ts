import { join } from 'node:path';
import { isAbort, TwinError } from '../errors.js';
import type { Gateway } from '../experts/gateway.js';
import type { Llm } from '../experts/llm.js';
import { ShortTermMemory } from '../memory/short-term.js';
import type { ToolRegistry } from '../tools/registry.js';
import { type AnswerSize, Answers } from './answers.js';
import type { Mind, MindEvent, Query } from './mind.js';
import { Personas } from './personas.js';
import { plainText } from './plain-text.js';
import { Reflex, type Understood } from './reflex/reflex.js';
import { ROUTE_TOOL } from './route-call.js';
import type { Log } from './watched-file.js';

export type TwinServiceParts = {
  llm: Llm;
  /** The way to experts; without it `llm` answers everything. */
  gateway?: Gateway;
  registry: ToolRegistry;
  /** Folder with `commands.yaml`, `router.txt` and `<expert>_expert.txt`. */
  promptsDir: string;
  log?: Log;
  limits?: Partial<AnswerSize>;
};

const LONGEST_QUESTION = 4000;

/** The mind: commands first, then the language model with the last ten turns; a failure is said in words. */
export class TwinService implements Mind {
  readonly #reflex: Reflex;
  readonly #answers: Answers;
  readonly #memory = new ShortTermMemory();

  constructor(private readonly parts: TwinServiceParts) {
    this.#reflex = new Reflex(join(parts.promptsDir, 'commands.yaml'), parts.log);
    const personas = new Personas(parts.promptsDir, parts.log);
    this.#answers = new Answers({ ...parts, personas });
  }

  /** Lets the model evaluate the persona, so that the first question is answered as fast as the others. */
  async prepare(signal: AbortSignal): Promise<void> {
    await this.#answers.prepare(signal);
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
    const understood = this.#understand(text);
    if (understood) yield* this.#act(understood, query, signal);
    else yield* this.#answer(text, query, signal);
  }

  isCompleteCommand(text: string): boolean {
    return this.#orElse(false, () => this.#reflex.isComplete(text));
  }

  commit(session: string, userText: string, answer: string): void {
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

  async *#act(understood: Understood, { controls }: Query, signal: AbortSignal): AsyncGenerator<MindEvent, void> {
    const { call: tool, args, reply } = understood;
    if (tool === undefined) {
      yield { type: 'text', delta: reply ?? '' };
      yield { type: 'done', source: 'reflex' };
      return;
    }
    yield { type: 'toolCall', tool, args };
    const { ok, output } = await this.parts.registry.call(tool, args, controls, signal);
    yield { type: 'toolResult', tool, args, ok, output };
    const words = ok && reply !== undefined ? fillIn(reply, { ...args, output }) : output;
    if (words !== '') yield { type: 'text', delta: plainText(words) };
    yield { type: 'done', source: ok ? 'reflex' : 'apology' };
  }

  async *#answer(text: string, { session }: Query, signal: AbortSignal): AsyncGenerator<MindEvent, void> {
    let said = false;
    for (let attempt = 1; ; attempt++) {
      try {
        for await (const event of this.#answers.to(text, this.#memory.turns(session), signal)) {
          if (event.type === 'routeCall') {
            yield { type: 'toolCall', tool: ROUTE_TOOL, args: event.call };
            yield { type: 'toolResult', tool: ROUTE_TOOL, args: event.call, ok: true, output: '' };
            continue;
          }
          if (event.type === 'text') said = true;
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

function* apology(words: string): Generator<MindEvent, void> {
  yield { type: 'text', delta: words };
  yield { type: 'done', source: 'apology' };
}

/** What is said when the model could not begin to answer. */
function inWords(error: unknown): string {
  const code = error instanceof TwinError ? error.code : '';
  if (code === 'TWIN_MODEL_MISSING') {
    return 'I have no language model yet, so I can only follow commands. Ask me what I can do, or run: twin models pull.';
  }
  if (code === 'TWIN_LLM_SLOW') return 'My language model is not ready yet. Please ask again in a moment.';
  if (code === 'TWIN_PROMPT_FILE') return 'My persona file is missing or broken, so I cannot answer questions.';
  if (isAbort(error)) return 'My language model was interrupted. Please ask again.';
  return 'My language model does not answer. Please ask again in a moment.';
}

const fillIn = (template: string, values: Record<string, unknown>): string =>
  template.replace(/\{(\w+)\}/g, (whole, name: string) => (name in values ? String(values[name]) : whole));
