import type { Embedder } from '../../memory/embedder.js';
import type { ToolRegistry } from '../../tools/registry.js';
import type { CommandSet } from '../reflex/commands.js';
import type { Understood } from '../reflex/reflex.js';
import { words as wordsOf } from '../reflex/words.js';
import type { SentenceVectors } from '../sentence-vectors.js';
import { type Log, WatchedFile } from '../watched-file.js';
import { type Choice, choose } from './choose.js';
import { type MeaningFile, parseMeaning } from './meaning-file.js';
import { type MeaningIndex, meaningIndex, plainWords, sentencesOf } from './meaning-index.js';
import { halves } from './split.js';
import { targetsOf } from './targets.js';
import { weigh } from './weigh.js';

/** Commands that a sentence is; or one that it may be, and how to ask; or neither. */
export type Meant = { kind: 'act'; commands: readonly Understood[] } | Exclude<Choice, { kind: 'act' }>;

export type MeaningParts = {
  embedder: Pick<Embedder, 'embed' | 'health'>;
  vectors: SentenceVectors;
  registry: Pick<ToolRegistry, 'names' | 'list'>;
  /** `meaning.json`; read again when it changes. */
  file: string;
  log?: Log;
};

/** What is understood word for word. */
export type Templates = { commands(): CommandSet; understand(text: string): Understood | undefined };

/** More words are conversation. */
const MOST_WORDS = 24;
const NONE = { kind: 'none' } as const;

/** Understands commands that no template fits, by the meaning of the examples of commands and tools. */
export class Meaning {
  readonly #parts: MeaningParts;
  readonly #file: WatchedFile<MeaningFile>;
  #known: { set: CommandSet; file: MeaningFile; names: string; index: MeaningIndex } | undefined;

  constructor(parts: MeaningParts) {
    this.#parts = parts;
    this.#file = new WatchedFile(parts.file, parseMeaning, parts.log);
  }

  /**
   * What a sentence means that is no command word for word. `none` until the examples are embedded, which begins with the
   * first question, and while there is no embedder.
   * @throws TwinError `TWIN_PROMPT_FILE`, or of the embedder; the reason of `signal`
   */
  async of(text: string, templates: Templates, signal: AbortSignal): Promise<Meant> {
    const { embedder } = this.#parts;
    if (!embedder.health().ok || wordsOf(text).length > MOST_WORDS) return NONE;
    const file = this.#file.get();
    const index = this.#index(templates.commands(), file);
    if (index === undefined) return NONE;
    const pairs = halves(text);
    const parts = [...new Set(pairs.flat())].filter((part) => templates.understand(part) === undefined);
    const weighed = await weigh([text, ...parts], index, embedder, signal);
    const choices = new Map([text, ...parts].map((part, i) => [part, choose(weighed[i] ?? [], file)]));
    const commandOf = (part: string): Understood | undefined => {
      const choice = choices.get(part);
      return choice === undefined ? templates.understand(part) : choice.kind === 'act' ? choice.command : undefined;
    };
    for (const pair of pairs) {
      const [first, second] = pair.map(commandOf);
      if (first && second && !alike(first, second)) return { kind: 'act', commands: [first, second] };
    }
    const whole = choices.get(text) ?? NONE;
    return whole.kind === 'act' ? { kind: 'act', commands: [whole.command] } : whole;
  }

  /** Begins to embed all examples, if that has not been done; returns at once. */
  prepare(commands: CommandSet): void {
    if (this.#parts.embedder.health().ok) this.#index(commands, this.#file.get());
  }

  #index(set: CommandSet, file: MeaningFile): MeaningIndex | undefined {
    const { vectors, registry } = this.#parts;
    const names = registry.names().join(' ');
    const known = this.#known;
    if (known && known.set === set && known.file === file && known.names === names) return known.index;
    const targets = targetsOf(set, registry.list(), file.examples);
    const learned = { said: file.said, talk: file.talk.map(plainWords) };
    const sentences = sentencesOf(targets, learned);
    if (sentences.some((sentence) => vectors.get(sentence) === undefined)) {
      vectors.prepareSoon(() => sentences);
      return undefined;
    }
    const index = meaningIndex(targets, learned, (text) => vectors.get(text));
    this.#known = { set, file, names, index };
    return index;
  }
}

const alike = (a: Understood, b: Understood): boolean =>
  a.call === b.call && a.reply === b.reply && JSON.stringify(a.args) === JSON.stringify(b.args);
