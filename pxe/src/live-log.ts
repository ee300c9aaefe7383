import type { Mac } from './mac.js';

/** One line about a machine; ms since 1970. */
export type LogLine = { at: number; line: string };

/** Lines per machine that a page can show. */
const MOST_LINES = 60;
/** Strangers may not fill the memory. */
const MOST_MACHINES = 512;

/** The newest lines of each machine, in memory only: the journal has what must last. */
export class LiveLog {
  readonly #lines = new Map<Mac, LogLine[]>();

  add(mac: Mac, line: string, at: number): void {
    const lines = this.#lines.get(mac) ?? [];
    // The one that was written to last is the last to go.
    this.#lines.delete(mac);
    this.#lines.set(mac, [...lines.slice(1 - MOST_LINES), { at, line }]);
    const [oldest] = this.#lines.keys();
    if (this.#lines.size > MOST_MACHINES && oldest !== undefined) this.#lines.delete(oldest);
  }

  of(mac: Mac): readonly LogLine[] {
    return this.#lines.get(mac) ?? [];
  }
}
