/** One exchange that was spoken or written, both sides. */
export type Exchange = { user: string; assistant: string };

/** Turns that are kept; a user's words and the answer to them are one turn. */
export const TURNS_KEPT = 10;
/** Longest remembered words of one side, in characters. */
const LONGEST = 2000;

/** Told of turns that are let go, and of sessions that end. */
export type Evicted = { evicted(session: string, turn: Exchange): void; ended(session: string): void };

/** The last ten turns of every session, in memory only. */
export class ShortTermMemory {
  readonly #sessions = new Map<string, Exchange[]>();
  readonly #evicted: Evicted | undefined;

  constructor(evicted?: Evicted) {
    this.#evicted = evicted;
  }

  add(session: string, user: string, assistant: string): void {
    const turns = this.#sessions.get(session) ?? [];
    turns.push({ user: user.slice(0, LONGEST), assistant: assistant.slice(0, LONGEST) });
    const oldest = turns.length > TURNS_KEPT ? turns.shift() : undefined;
    if (oldest) this.#evicted?.evicted(session, oldest);
    this.#sessions.set(session, turns);
  }

  /** Oldest first. */
  turns(session: string): readonly Exchange[] {
    return [...(this.#sessions.get(session) ?? [])];
  }

  forget(session: string): void {
    this.#sessions.delete(session);
    this.#evicted?.ended(session);
  }
}
