import { readFileSync, statSync } from 'node:fs';
import { TwinError } from '../errors.js';

/** The part of a logger that the mind uses; pino fits. */
export type Log = { warn(fields: object, message: string): void };

/**
 * A small text file that a person edits while the agent runs. `get` looks at the file's time and size (some
 * microseconds) and parses it again when they changed; a version that cannot be parsed is reported once and the last
 * good one stays in use.
 */
export class WatchedFile<T> {
  #seen = '';
  #value: T | undefined;

  constructor(
    private readonly file: string,
    private readonly parse: (text: string) => T,
    private readonly log?: Log,
  ) {}

  /** @throws TwinError `TWIN_PROMPT_FILE` when there never was a good version. */
  get(): T {
    let text: string | undefined;
    try {
      const { mtimeMs, size, ino } = statSync(this.file);
      const seen = `${mtimeMs} ${size} ${ino}`;
      if (seen !== this.#seen) {
        this.#seen = seen;
        text = readFileSync(this.file, 'utf8');
        this.#value = this.parse(text);
      }
    } catch (cause) {
      const problem = cause instanceof Error ? cause.message : String(cause);
      const error = new TwinError('TWIN_PROMPT_FILE', `${this.file} cannot be used: ${problem}`, {
        next: 'Correct the file; it is read again when it changes.',
        cause,
      });
      if (this.#value === undefined) {
        this.#seen = '';
        throw error;
      }
      if (text !== undefined)
        this.log?.warn({ code: error.code }, `${error.message} The last good version stays in use.`);
    }
    return this.#value as T;
  }
}
