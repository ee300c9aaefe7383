import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '../../errors.js';
import { readIfThere, writePrivate } from '../../state-file.js';
import { etagOf } from './etag.js';

/** Versions of one prompt that are kept. */
export const KEPT = 20;
/** When it was replaced, to the millisecond, and the beginning of its hash. */
const ID = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-[0-9a-f]{12}$/;

/** `ts`: when it was replaced, ISO 8601. */
export type PromptVersion = { id: string; ts: string; bytes: number };

/** Texts that were replaced, newest kept, in files of their owner's (0600): `<folder>/<prompt>/<id>`. */
export class PromptVersions {
  constructor(
    private readonly folder: string,
    /** Wall clock, ms since 1970. */
    private readonly now: () => number = Date.now,
  ) {}

  /** Newest first. @param name that `kindOf` has let through, as everywhere here */
  async list(name: string): Promise<PromptVersion[]> {
    const ids = (await readdir(join(this.folder, name)).catch(absent)).filter((id) => ID.test(id)).sort();
    return Promise.all(
      ids.reverse().map(async (id) => ({ id, ts: timeOf(id), bytes: (await stat(join(this.folder, name, id))).size })),
    );
  }

  /** @throws TwinError `TWIN_NOT_FOUND` */
  async read(name: string, id: string): Promise<string> {
    const text = ID.test(id) ? await readIfThere(join(this.folder, name, id)) : undefined;
    if (text !== undefined) return text;
    throw new TwinError('TWIN_NOT_FOUND', 'There is no such version.', {
      next: `The last ${KEPT} are kept; look at the list.`,
    });
  }

  /**
   * Keeps a text that is about to be replaced.
   * @throws TwinError `TWIN_PROMPT_VERSIONS`
   */
  async keep(name: string, text: string): Promise<void> {
    const folder = join(this.folder, name);
    const id = `${new Date(this.now()).toISOString().replace(/[-:.]/g, '')}-${etagOf(text).slice(0, 12)}`;
    try {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      await writePrivate(join(folder, id), text);
      const all = (await readdir(folder)).sort();
      // What a crash left half written is no version.
      const stale = [...all.filter((one) => ID.test(one)).slice(0, -KEPT), ...all.filter((one) => !ID.test(one))];
      await Promise.all(stale.map((one) => rm(join(folder, one), { force: true })));
    } catch (cause) {
      throw new TwinError('TWIN_PROMPT_VERSIONS', 'The present text could not be kept, so it was not replaced.', {
        next: `Check the disk and whom ${folder} belongs to.`,
        cause,
      });
    }
  }
}

function timeOf(id: string): string {
  const [, year, month, day, hour, minute, second, ms] = ID.exec(id) ?? [];
  return `${year}-${month}-${day}T${hour}:${minute}:${second}.${ms}Z`;
}

function absent(error: NodeJS.ErrnoException): string[] {
  if (error.code === 'ENOENT') return [];
  throw error;
}
