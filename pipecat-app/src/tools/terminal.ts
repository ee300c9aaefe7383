import { stripVTControlCharacters } from 'node:util';
import type { SandboxProcess } from './sandbox/sandbox-process.js';

/** How long a terminal must say nothing until it is taken to be done, and the longest wait, in ms. */
const QUIET_MS = 150;
const LONGEST_WAIT_MS = 3000;

/** One open terminal: what it has shown and nobody has read yet, up to `scrollback` characters. */
export class Terminal {
  readonly session: string;
  #process: SandboxProcess | undefined;
  #unread = '';
  #lost = false;
  #heard: (() => void) | undefined;
  readonly #scrollback: number;
  #over = false;

  constructor(session: string, scrollback: number) {
    this.session = session;
    this.#scrollback = scrollback;
  }

  get over(): boolean {
    return this.#over;
  }

  attach(process: SandboxProcess): void {
    this.#process = process;
    void process.ended.then(() => {
      this.#over = true;
      this.#heard?.();
    });
  }

  show(bytes: Buffer): void {
    const text = this.#unread + bytes.toString('utf8');
    this.#lost ||= text.length > this.#scrollback;
    this.#unread = text.slice(-this.#scrollback);
    this.#heard?.();
  }

  send(text: string): void {
    this.#process?.write(text);
  }

  /** What was shown since the last reading, without colours and cursor movements. */
  read(): string {
    const text = stripVTControlCharacters(this.#unread)
      .replace(/\r+\n/g, '\n')
      .replace(/[^\n]*\r(?!\n)/g, '');
    const shown = `${this.#lost ? '… ' : ''}${text.trim()}`;
    this.#unread = '';
    this.#lost = false;
    return shown;
  }

  /** Resolves when it has shown something and then nothing more for a moment, when it is over, or after the longest wait. */
  async settled(signal: AbortSignal): Promise<void> {
    let quiet: NodeJS.Timeout | undefined;
    let longest: NodeJS.Timeout | undefined;
    try {
      await new Promise<void>((resolve) => {
        this.#heard = () => {
          clearTimeout(quiet);
          if (this.#over) resolve();
          else quiet = setTimeout(resolve, QUIET_MS);
        };
        longest = setTimeout(resolve, LONGEST_WAIT_MS);
        signal.addEventListener('abort', () => resolve(), { once: true });
        if (this.#over || this.#unread !== '') this.#heard();
      });
    } finally {
      clearTimeout(quiet);
      clearTimeout(longest);
      this.#heard = undefined;
    }
    signal.throwIfAborted();
  }

  async close(): Promise<void> {
    this.#process?.kill();
    await this.#process?.ended;
  }
}
