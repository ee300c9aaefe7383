import { TwinError } from '../../errors.js';
import type { Gateway } from '../../experts/gateway.js';
import type { Llm } from '../../experts/llm.js';
import { MAIN } from '../../experts/routing/wanted.js';
import type { ToolResult } from '../../tools/tool.js';
import { type AnswerEvent, type AnswerSize, Answers } from '../answers.js';
import { parsePersona } from '../persona.js';
import { parseCommands } from '../reflex/commands.js';
import { understoodBy } from '../reflex/reflex.js';
import type { ToolCall } from '../tool-calls.js';
import { checkPrompt, expertOf, kindOf } from './prompt-text.js';

/** Longest test of a draft. */
const MOST_MS = 60_000;

/** `note`: what else happened, or would, in words. */
export type DraftEvent = { type: 'text'; delta: string } | { type: 'note'; words: string };

export type DraftAnswersParts = {
  llm: Llm;
  gateway?: Gateway;
  limits?: Partial<AnswerSize>;
  /** Longest test, in ms. */
  mostMs?: number;
};

/** Answers a question with a prompt that is not saved, without tools, memory or conversation; one at a time. */
export class DraftAnswers {
  #busy = false;

  constructor(private readonly parts: DraftAnswersParts) {}

  /**
   * @throws TwinError `TWIN_PROMPT_NAME`, `TWIN_PROMPT_INVALID`, `TWIN_PROMPT_TEST_BUSY`, `TWIN_PROMPT_TEST_SLOW`, and
   * those of `Answers.to`; AbortError
   */
  async *to(name: string, text: string, question: string, signal: AbortSignal): AsyncGenerator<DraftEvent, void> {
    checkPrompt(name, text);
    if (kindOf(name) === 'commands') {
      yield { type: 'note', words: commandIn(text, question) };
      return;
    }
    if (this.#busy) throw busy();
    this.#busy = true;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(slow()), this.parts.mostMs ?? MOST_MS);
    try {
      yield* this.#answer(expertOf(name) ?? MAIN, text, question, AbortSignal.any([signal, limit.signal]));
    } catch (error) {
      throw limit.signal.aborted && !signal.aborted ? limit.signal.reason : error;
    } finally {
      clearTimeout(timer);
      this.#busy = false;
    }
  }

  async *#answer(
    expert: string,
    text: string,
    question: string,
    signal: AbortSignal,
  ): AsyncGenerator<DraftEvent, void> {
    const persona = parsePersona(text);
    // The model may call a tool although none was offered.
    const use = async function* ({ name: tool, args }: ToolCall): AsyncGenerator<AnswerEvent, ToolResult | 'later'> {
      yield { type: 'toolCall', tool, args };
      return 'later';
    };
    const { gateway, llm, limits = {} } = this.parts;
    const answers = new Answers({
      llm,
      limits,
      personas: { router: () => persona, expert: () => persona },
      ...(gateway && { gateway: straightTo(expert, gateway) }),
    });
    let silent = true;
    for await (const event of answers.to(question, [], signal, { use })) {
      if (event.type !== 'route') silent = false;
      if (event.type === 'text') yield { type: 'text', delta: event.delta };
      if (event.type === 'route') yield { type: 'note', words: routeWords(event.route) };
      if (event.type === 'toolCall')
        yield { type: 'note', words: `It would call the tool ${event.tool}; a test runs none.` };
      if (event.type === 'routeCall') {
        yield { type: 'note', words: `It would hand the question to the expert ${event.call.expert}.` };
        return;
      }
    }
    if (silent) yield { type: 'note', words: 'It said nothing.' };
  }
}

/** A gateway that asks one expert; the draft is nobody's kept beginning. */
const straightTo = (expert: string, gateway: Gateway): Gateway => ({
  names: () => gateway.names(),
  personaOf: (name) => gateway.personaOf(name),
  seeing: () => gateway.seeing(),
  wanted: () => ({ expert, confidence: 1, named: false }),
  answer: ({ persona: _, ...request }, signal) => gateway.answer(request, signal),
});

function routeWords({ step, expert, model }: Extract<AnswerEvent, { type: 'route' }>['route']): string {
  const verb = { chosen: 'Asked', waking: 'Waking', lost: 'Lost' }[step];
  return `${verb}: ${expert}${model === '' ? '' : ` (${model})`}.`;
}

/** What the commands of a draft make of a sentence. */
function commandIn(yaml: string, question: string): string {
  const understood = understoodBy(parseCommands(yaml), question);
  if (understood === undefined) return 'None of these commands: the language model would answer.';
  const { call, args, reply } = understood;
  if (call === undefined) return `A command. It would say: ${reply ?? ''}`;
  return `A command: ${call} ${JSON.stringify(args)}. A test runs no tool.`;
}

const busy = (): TwinError =>
  new TwinError('TWIN_PROMPT_TEST_BUSY', 'Another draft is being tested.', {
    next: 'Wait until that test has ended, or stop it.',
    retryable: true,
  });

const slow = (): TwinError =>
  new TwinError('TWIN_PROMPT_TEST_SLOW', 'The test took too long, so it was ended.', {
    next: 'Ask for less, or look whether the language model is awake.',
  });
