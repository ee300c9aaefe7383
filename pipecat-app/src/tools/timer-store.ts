import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { TwinError } from '../errors.js';

const storedTimer = z.object({
  id: z.number().int(),
  session: z.string(),
  name: z.string(),
  /** What was asked for, in seconds; 0 for a time of day. */
  seconds: z.number(),
  /** When it ends, ms since 1970. */
  due: z.number(),
});
export type StoredTimer = z.infer<typeof storedTimer>;

/** The timers on disk: one JSON file, replaced as a whole so that a crash leaves the old or the new one. */
export class TimerStore {
  constructor(private readonly file: string) {}

  /** @throws TwinError `TWIN_TIMERS_FILE` when the file is there and is not a list of timers. */
  load(): StoredTimer[] {
    let text: string;
    try {
      text = readFileSync(this.file, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
      throw this.#failure('read', error);
    }
    try {
      return z.array(storedTimer).parse(JSON.parse(text));
    } catch (error) {
      throw this.#failure('understood', error);
    }
  }

  /** @throws TwinError `TWIN_TIMERS_FILE` */
  save(timers: readonly StoredTimer[]): void {
    const next = `${this.file}.next`;
    try {
      mkdirSync(dirname(this.file), { recursive: true });
      writeFileSync(next, `${JSON.stringify(timers, null, 1)}\n`, { mode: 0o600, flush: true });
      renameSync(next, this.file);
    } catch (error) {
      try {
        rmSync(next, { force: true });
      } catch {
        // What could not be written cannot be removed either; the first error is the one that tells why.
      }
      throw this.#failure('written', error);
    }
  }

  #failure(what: string, cause: unknown): TwinError {
    return new TwinError('TWIN_TIMERS_FILE', `The list of timers cannot be ${what}.`, {
      next: `Look at ${this.file}.`,
      cause,
    });
  }
}
