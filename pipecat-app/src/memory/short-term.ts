/** One exchange that was spoken or written, both sides. */
export type Exchange = { user: string; assistant: string };

/** Turns that are kept; a user's words and the answer to them are one turn. */
export const TURNS_KEPT = 10;
/** Longest remembered words of one side, in characters. */
const LONGEST = 2000;

/** The last ten turns of every session, in memory only. */
export class ShortTermMemory {
  readonly #sessions = new Map<string, Exchange[]>();

  add(session: string, user: string, assistant: string): void {
    const turns = this.#sessions.get(session) ?? [];
    turns.push({ user: user.slice(0, LONGEST), assistant: assistant.slice(0, LONGEST) });
    if (turns.length > TURNS_KEPT) turns.shift();
    this.#sessions.set(session, turns);
  }

  /** Oldest first. */
  turns(session: string): readonly Exchange[] {
    return [...(this.#sessions.get(session) ?? [])];
  }

  forget(session: string): void {
    this.#sessions.delete(session);
  }
}
