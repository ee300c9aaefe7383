import type { Clock } from '../../experts/clock.js';
import { spokenAnswer } from '../../tools/approval/spoken.js';
import type { Understood } from '../reflex/reflex.js';

/** How long after the question an answer is taken for one, in ms. */
const WINDOW_MS = 20_000;

/** What was asked back of each session and waits for its next sentence: yes, no, or anything else, which ends it. */
export class AskBack {
  readonly #asked = new Map<string, { command: Understood; forget: () => void }>();

  constructor(private readonly clock: Clock) {}

  /** A question that was asked replaces the one before. */
  ask(session: string, command: Understood): void {
    this.forget(session);
    const forget = this.clock.after(WINDOW_MS, () => this.#asked.delete(session));
    this.#asked.set(session, { command, forget });
  }

  /** What `text` says to the question of this session, which is settled now; undefined when it is no answer to one. */
  answer(session: string, text: string): { yes: Understood } | 'no' | undefined {
    const asked = this.#asked.get(session);
    if (asked === undefined) return undefined;
    this.forget(session);
    const said = spokenAnswer(text);
    if (said === 'yes') return { yes: asked.command };
    return said === 'no' ? 'no' : undefined;
  }

  forget(session: string): void {
    this.#asked.get(session)?.forget();
    this.#asked.delete(session);
  }

  close(): void {
    for (const session of [...this.#asked.keys()]) this.forget(session);
  }
}
