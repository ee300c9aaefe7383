import { type Log, WatchedFile } from '../watched-file.js';
import { type Command, type CommandSet, parseCommands } from './commands.js';
import { grammarOf } from './grammar.js';
import { Hearing } from './hearing.js';
import { withoutManners } from './manners.js';
import { continues, type Match, matchTemplate } from './match.js';
import { words } from './words.js';

export type Understood = {
  /** `tool.method`, or undefined when there is only a reply. */
  call: string | undefined;
  args: Record<string, unknown>;
  /** Reply template of the command, if it has one. */
  reply: string | undefined;
  /** 0: said word for word. */
  cost: number;
};

/** Longer texts are conversation, never a command (in words, politeness not counted). */
const MOST_WORDS = 22;
/** Highest cost per word of the sentence, and in all; fitted on the sentences in `labelled/`. */
const COST_PER_WORD = 0.25;
const MOST_COST = 0.8;
/** Above this a match is too uncertain to end a turn early, and worth a second hearing. */
const CONFIDENT_COST = 0.2;

type Found = { command: Command; match: Match; heard: Hearing };

/** Understands whole commands without a language model. */
export class Reflex {
  readonly #file: WatchedFile<CommandSet>;
  #grammar: { set: CommandSet; text: string } | undefined;

  /** @param file Path of `commands.yaml`; read at the first use and again when it changes. */
  constructor(file: string, log?: Log) {
    this.#file = new WatchedFile(file, parseCommands, log);
  }

  /**
   * The command that `text` is, or undefined when it is none.
   * @throws TwinError `TWIN_PROMPT_FILE` when the file never was good.
   */
  understand(text: string): Understood | undefined {
    return understoodBy(this.#file.get(), text);
  }

  /**
   * True when `text` is a command as it stands, and more words could not make another one of it.
   * @throws TwinError `TWIN_PROMPT_FILE`
   */
  isComplete(text: string): boolean {
    const set = this.#file.get();
    const found = find(set, text);
    if (found === undefined || found.match.cost > CONFIDENT_COST) return false;
    if (found.command.immediate) return true;
    if (found.match.open) return false;
    const exactly = new Hearing(found.heard.words, set, false);
    const others = set.commands.filter((other) => other !== found.command);
    return !others.some((other) => other.templates.some((template) => continues(template, exactly)));
  }

  /**
   * True when `text` is a command nearly word for word.
   * @throws TwinError `TWIN_PROMPT_FILE`
   */
  isClear(text: string): boolean {
    const understood = this.understand(text);
    return understood !== undefined && understood.cost <= CONFIDENT_COST;
  }

  /**
   * True when `text` is, nearly word for word, a command marked `immediate`.
   * @throws TwinError `TWIN_PROMPT_FILE`
   */
  isImmediate(text: string): boolean {
    const found = find(this.#file.get(), text);
    return found?.command.immediate === true && found.match.cost <= CONFIDENT_COST;
  }

  /**
   * The commands as they are now; the same object until the file changes.
   * @throws TwinError `TWIN_PROMPT_FILE`
   */
  commands(): CommandSet {
    return this.#file.get();
  }

  hints(): string {
    return this.#file.get().hints;
  }

  /**
   * Every command as a grammar for an ear; the same text until the file changes.
   * @throws TwinError `TWIN_PROMPT_FILE`
   */
  grammar(): string {
    const set = this.#file.get();
    if (this.#grammar?.set !== set) this.#grammar = { set, text: grammarOf(set) };
    return this.#grammar.text;
  }
}

/** The command of `set` that `text` is, or undefined when it is none. */
export function understoodBy(set: CommandSet, text: string): Understood | undefined {
  const found = find(set, text);
  if (found === undefined) return undefined;
  const { command, match } = found;
  return { call: command.call, args: { ...command.args, ...match.args }, reply: command.reply, cost: match.cost };
}

/** Word for word first, as said and without politeness; then with words misheard, missing or too many. */
function find(set: CommandSet, text: string): Found | undefined {
  const said = words(text);
  const plain = withoutManners(said);
  if (plain.length === 0 || plain.length > MOST_WORDS) return undefined;
  const most = Math.min(MOST_COST, COST_PER_WORD * plain.length);
  return (
    (said.length === plain.length ? undefined : cheapest(set, new Hearing(said, set, false), 0)) ??
    cheapest(set, new Hearing(plain, set, false), 0) ??
    cheapest(set, new Hearing(plain, set, true), most)
  );
}

function cheapest(set: CommandSet, heard: Hearing, budget: number): Found | undefined {
  let best: Found | undefined;
  let left = budget;
  for (const command of set.commands) {
    for (const template of command.templates) {
      if (!template.required.every((word) => heard.admits(word, left))) continue;
      const match = matchTemplate(template, heard, left);
      if (match === undefined) continue;
      if (best && match.cost === best.match.cost && match.matched <= best.match.matched) continue;
      best = { command, match, heard };
      left = match.cost;
    }
  }
  return best;
}
