import { join } from 'node:path';
import { z } from 'zod';
import type { TwinError } from './errors.js';
import { type ConversationLine, conversationLine, type TurnRecord } from './server/protocol.js';
import { StateFile } from './state-file.js';

const MAX_LINES = 1000;
/** Lines that outlive the agent: what a page shows after a restart. */
const KEPT_LINES = 100;

/** `last`: the highest id that was given, also to a line that is cleared by now. */
const keptConversation = z.object({ last: z.number().int(), lines: z.array(conversationLine) });
type KeptConversation = z.infer<typeof keptConversation>;

/** What was said lately in all sessions. */
export class Conversation {
  #lines: ConversationLine[];
  #last: number;
  readonly #file: StateFile<KeptConversation> | undefined;

  /** @param file where the newest lines outlive the agent; without it they do not */
  constructor(file?: StateFile<KeptConversation>, kept: KeptConversation = { last: 0, lines: [] }) {
    this.#file = file;
    this.#lines = kept.lines;
    this.#last = kept.last;
  }

  /**
   * With the last lines of `<home>/conversation.json`. A damaged file is set aside.
   * @param keep false: nothing that was said goes to the disk, and what is there from earlier is removed
   */
  static async open(home: string, keep: boolean, onProblem: (problem: TwinError) => void): Promise<Conversation> {
    const file = new StateFile(join(home, 'conversation.json'), keptConversation, onProblem);
    if (keep) return new Conversation(file, await file.load());
    await file.remove();
    return new Conversation();
  }

  add(record: TurnRecord): void {
    if (record.transcript !== '') this.#push(record, 'user', record.transcript);
    if (record.answer !== '') this.#push(record, 'assistant', record.answer);
    this.#save();
  }

  /** Lines with an id above `id`, oldest first; ids grow from 1. */
  since(id: number): ConversationLine[] {
    const first = this.#lines.findIndex((line) => line.id > id);
    return first < 0 ? [] : this.#lines.slice(first);
  }

  /** Forgets every line; resolves when none is on the disk any more. */
  async clear(): Promise<void> {
    this.#lines = [];
    this.#save();
    await this.saved();
  }

  /** Resolves when everything that is to be kept is on disk. */
  async saved(): Promise<void> {
    await this.#file?.saved();
  }

  #push(record: TurnRecord, role: ConversationLine['role'], text: string): void {
    this.#lines.push({ id: ++this.#last, ts: record.ts, session: record.session, role, text });
    if (this.#lines.length > MAX_LINES) this.#lines.shift();
  }

  #save(): void {
    this.#file?.save({ last: this.#last, lines: this.#lines.slice(-KEPT_LINES) });
  }
}
