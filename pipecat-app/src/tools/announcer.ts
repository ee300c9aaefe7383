import type { Controls } from './tool.js';

/** Somebody who can be told something. */
export type Listening = Pick<Controls, 'session' | 'announce'>;

/** Where things that happen by themselves (a timer that is due) are said. */
export interface Announcer {
  /** Says `text` in the session, or in the one that joined last when that one has gone. False when nobody is there. */
  announce(session: string, text: string): boolean;
  /** Calls `listener` after someone joined; returns the way to stop that. */
  onJoin(listener: () => void): () => void;
}

/** Texts that wait for somebody to join; of more, the newest. */
const MOST_UNSAID = 5;

/** The sessions that can be spoken to now. The server calls `join` for each session and the result when it ends. */
export class Audience implements Announcer {
  readonly #present = new Map<string, Listening>();
  readonly #listeners = new Set<() => void>();
  #unsaid: string[] = [];

  join(controls: Listening): () => void {
    this.#present.delete(controls.session);
    this.#present.set(controls.session, controls);
    for (const text of this.#unsaid.splice(0)) controls.announce(text);
    for (const listener of this.#listeners) listener();
    return () => {
      if (this.#present.get(controls.session) === controls) this.#present.delete(controls.session);
    };
  }

  announce(session: string, text: string): boolean {
    const controls = this.#present.get(session) ?? [...this.#present.values()].at(-1);
    controls?.announce(text);
    return controls !== undefined;
  }

  /** The same; when nobody is there, it is said to the one who joins next. */
  tell(session: string, text: string): void {
    if (!this.announce(session, text)) this.#unsaid = [...this.#unsaid, text].slice(-MOST_UNSAID);
  }

  onJoin(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
