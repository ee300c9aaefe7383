import { type Log, WatchedFile } from '../watched-file.js';
import { type Command, type CommandSet, parseCommands } from './commands.js';
import { FILLERS, withoutManners } from './manners.js';
import { continues, type Costs, type Match, matchTemplate } from './match.js';
import { confusion } from './sounds.js';
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
/** Words that carry grammar and no meaning: cheap when missing or too many. */
const LIGHT = new Set('a an the to for of on in at my me it is please i be up you do us some this that by'.split(' '));
const LIGHT_COST = 0.2;
const MISSING_COST = 1.2;
const EXTRA_COST = 0.8;
/** Words that turn a command into something else. */
const TURNING = new Set('not no never how why who whom when where which if did does was were had should because about'.split(' '));
/** Highest cost per word of the sentence, and in all; fitted on the labelled sets in `testing` of this folder. */
const COST_PER_WORD = 0.16;
const MOST_COST = 0.8;
/** Above this a match is too uncertain to end a turn early. */
const CONFIDENT_COST = 0.2;

type Candidate = { command: Command; match: Match };

/** Understands whole commands without a language model. */
export class Reflex {
  readonly #file: WatchedFile<CommandSet>;
  readonly #confusions = new WeakMap<CommandSet, Costs>();

  /** @param file Path of `commands.yaml`; read at the first use and again when it changes. */
  constructor(file: string, log?: Log) {
    this.#file = new WatchedFile(file, parseCommands, log);
  }

  /** The command that `text` is, or undefined when it is none. */
  understand(text: string): Understood | undefined {
    const set = this.#file.get();
    const best = this.#best(set, withoutManners(words(text)));
    if (best === undefined) return undefined;
    const { command, match } = best;
    return { call: command.call, args: { ...command.args, ...match.args }, reply: command.reply, cost: match.cost };
  }

  /** True when `text` is a command as it stands, and more words could not make another one of it. */
  isComplete(text: string): boolean {
    const set = this.#file.get();
    const said = withoutManners(words(text));
    const best = this.#best(set, said);
    if (best === undefined || best.match.cost > CONFIDENT_COST) return false;
    if (best.command.immediate) return true;
    if (best.match.open) return false;
    return !set.commands.some(
      (other) => other !== best.command && other.templates.some((template) => continues(template, said, set.slots)),
    );
  }

  hints(): string {
    return this.#file.get().hints;
  }

  #best(set: CommandSet, said: readonly string[]): Candidate | undefined {
    if (said.length === 0 || said.length > MOST_WORDS) return undefined;
    const most = Math.min(MOST_COST, COST_PER_WORD * said.length);
    return this.#cheapest(set, said, 0) ?? this.#cheapest(set, said, most);
  }

  #cheapest(set: CommandSet, said: readonly string[], budget: number): Candidate | undefined {
    const costs = this.#costs(set);
    let best: Candidate | undefined;
    let left = budget;
    for (const command of set.commands) {
      for (const template of command.templates) {
        const match = matchTemplate(template, said, set.slots, costs, left);
        if (match === undefined) continue;
        if (best && match.cost === best.match.cost && match.matched <= best.match.matched) continue;
        best = { command, match };
        left = match.cost;
      }
    }
    return best;
  }

  #costs(set: CommandSet): Costs {
    const known = this.#confusions.get(set);
    if (known) return known;
    const seen = new Map<string, number>();
    const costs: Costs = {
      missing: (word) => (LIGHT.has(word) ? LIGHT_COST : MISSING_COST),
      extra: (word) => (FILLERS.has(word) ? 0 : TURNING.has(word) ? Number.POSITIVE_INFINITY : LIGHT.has(word) ? LIGHT_COST : EXTRA_COST),
      confusion: (meant, heard) => {
        const key = `${meant} ${heard}`;
        let cost = seen.get(key);
        if (cost === undefined) {
          cost = confusion(meant, heard, set.mishearings);
          if (seen.size >= 50_000) seen.clear();
          seen.set(key, cost);
        }
        return cost;
      },
    };
    this.#confusions.set(set, costs);
    return costs;
  }
}
