import type { Route } from '../experts/gateway.js';
import type { Controls } from '../tools/tool.js';

export type Query = {
  session: string;
  turn: number;
  text: string;
  /** What tools may do to the session that asks. */
  controls: Controls;
};

export type MindEvent =
  /** The next piece of the answer, as it is generated. */
  | { type: 'text'; delta: string }
  | { type: 'toolCall'; tool: string; args: Record<string, unknown> }
  /** Follows its `toolCall`. `output` is what the tool returned, as text. */
  | { type: 'toolResult'; tool: string; args: Record<string, unknown>; ok: boolean; output: string }
  /** Which expert is asked, woken, or lost while it answers. */
  | { type: 'route'; route: Route }
  /** Ids of the remembered facts that the answer was given. */
  | { type: 'memories'; ids: number[] }
  /** Last event. `source` says who answered: a command understood by itself, the language model, or an apology. */
  | { type: 'done'; source: 'reflex' | 'model' | 'apology' };

/** What a voice session needs of the mind. */
export interface Mind {
  /** Never throws but AbortError: a failure is answered in words (`source: 'apology'`). */
  reply(query: Query, signal: AbortSignal): AsyncIterable<MindEvent>;
  /** True when `text` is a whole command that needs no more words; ends a turn early. */
  isCompleteCommand(text: string): boolean;
  /** Remembers a turn. `answer` is exactly what was heard (voice) or shown (text); of an announcement `userText` is ''. */
  commit(session: string, userText: string, answer: string): void;
  /** Words that an ear should expect (tool names, timer words …), as one short sentence list. */
  hints(): string;
  /** True when `text` is a command nearly word for word; false when it is none, or one only by a guess. */
  understands(text: string): boolean;
  /** True when `text` is a command that ends what the agent says (`immediate` in the commands' file). */
  interrupts(text: string): boolean;
  /** Every command as a grammar (GBNF, start rule `root`) for ears that can use one; empty when there is none. */
  grammar(): string;
  /** Forgets the short-term memory of a session that has ended. */
  forget(session: string): void;
}
