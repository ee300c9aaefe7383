import type { ConversationLine, TurnRecord } from './server/protocol.js';

const KEPT_LINES = 1000;

/** What was said lately in all sessions; in memory only, because speech does not go to disk. */
export class Conversation {
  #lines: ConversationLine[] = [];
  #last = 0;

  add(record: TurnRecord): void {
    if (record.transcript !== '') this.#push(record, 'user', record.transcript);
    if (record.answer !== '') this.#push(record, 'assistant', record.answer);
  }

  /** Lines with an id above `id`, oldest first; ids grow from 1. */
  since(id: number): ConversationLine[] {
    const first = this.#lines.findIndex((line) => line.id > id);
    return first < 0 ? [] : this.#lines.slice(first);
  }

  #push(record: TurnRecord, role: ConversationLine['role'], text: string): void {
    this.#lines.push({ id: ++this.#last, ts: record.ts, session: record.session, role, text });
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
  }
}
