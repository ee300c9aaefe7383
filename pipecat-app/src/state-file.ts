import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import type { z } from 'zod';
import { TwinError } from './errors.js';

/** The text of `file`; undefined when there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Replaces `file` at once (mode 0600), so that a crash leaves the old or the new text. */
export async function writePrivate(file: string, text: string): Promise<void> {
  await writeFile(`${file}.new`, text, { mode: 0o600, flush: true });
  await rename(`${file}.new`, file);
}

/**
 * Something that is kept between two runs of the agent and that it can do without: one JSON file of its owner's
 * (mode 0600). Nothing here throws: problems go to `onProblem` as `TwinError` `TWIN_STATE_FILE`.
 */
export class StateFile<T> {
  readonly #file: string;
  readonly #schema: z.ZodType<T>;
  readonly #onProblem: (problem: TwinError) => void;
  #next: { value: T } | undefined;
  #writing: Promise<void> | undefined;

  constructor(file: string, schema: z.ZodType<T>, onProblem: (problem: TwinError) => void) {
    this.#file = file;
    this.#schema = schema;
    this.#onProblem = onProblem;
  }

  /** What was saved last; undefined when there is nothing. A damaged file is set aside as `<file>.damaged`. */
  async load(): Promise<T | undefined> {
    try {
      const text = await readIfThere(this.#file);
      if (text === undefined) return undefined;
      const value = this.#understand(text);
      if (value !== undefined) return value;
      await rename(this.#file, `${this.#file}.damaged`);
    } catch (error) {
      this.#complain('cannot be read', 'Check that it belongs to the user that runs the agent.', error);
    }
    return undefined;
  }

  /** Writes `value` soon; of several that wait only the newest is written. */
  save(value: T): void {
    this.#next = { value };
    this.#writing ??= this.#write();
  }

  /** Resolves when what was saved last is on disk, or could not be written. */
  async saved(): Promise<void> {
    await this.#writing;
  }

  /** Removes what is kept. */
  async remove(): Promise<void> {
    this.#next = undefined;
    await this.#writing;
    await Promise.all([this.#file, `${this.#file}.damaged`].map((file) => rm(file, { force: true }))).catch(
      (error: unknown) => this.#complain('cannot be removed', 'Remove it yourself.', error),
    );
  }

  #understand(text: string): T | undefined {
    try {
      return this.#schema.parse(JSON.parse(text));
    } catch {
      // Its reason may quote the file, which may hold what somebody said.
      this.#complain('is damaged', `It was set aside as ${basename(this.#file)}.damaged.`);
      return undefined;
    }
  }

  async #write(): Promise<void> {
    while (this.#next) {
      const { value } = this.#next;
      this.#next = undefined;
      try {
        await mkdir(dirname(this.#file), { recursive: true, mode: 0o700 });
        await writePrivate(this.#file, `${JSON.stringify(value)}\n`);
      } catch (error) {
        this.#complain('cannot be written', 'Check the disk and whom the folder belongs to.', error);
      }
    }
    this.#writing = undefined;
  }

  #complain(what: string, next: string, cause?: unknown): void {
    const { code } = (cause ?? {}) as NodeJS.ErrnoException;
    const reason = code === undefined ? '' : ` (${code})`;
    this.#onProblem(new TwinError('TWIN_STATE_FILE', `${this.#file} ${what}${reason}.`, { next, cause }));
  }
}
