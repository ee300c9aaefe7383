import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '../errors.js';

export type SavedState = { name: string /** ms since 1970 */; at: number; bytes: number };

/** A letter or digit, then up to 63 of letters, digits, dash and underscore: no dots, no separators. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;
const ARCHIVE = 'memory.tar.gz';

/** Named copies of the memory: `<dir>/<name>/memory.tar.gz`. */
export class SavedStates {
  constructor(private readonly dir: string) {}

  /** Path for the archive of a new state, its folder made. @throws TwinError `TWIN_STATE_NAME` */
  async make(name: string): Promise<string> {
    const folder = this.#folder(name);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    return join(folder, ARCHIVE);
  }

  /** Path of the archive. @throws TwinError `TWIN_STATE_NAME`, `TWIN_NOT_FOUND` */
  async find(name: string): Promise<string> {
    const file = join(this.#folder(name), ARCHIVE);
    if (await stat(file).catch(() => undefined)) return file;
    throw new TwinError('TWIN_NOT_FOUND', `There is no saved state '${name}'.`, {
      next: 'See them with `twin memory states`.',
    });
  }

  /** Newest first. */
  async list(): Promise<SavedState[]> {
    const names = (await readdir(this.dir).catch(() => [])).filter((name) => NAME.test(name));
    const states = await Promise.all(
      names.map(async (name) => {
        const found = await stat(join(this.dir, name, ARCHIVE)).catch(() => undefined);
        return found ? [{ name, at: Math.round(found.mtimeMs), bytes: found.size }] : [];
      }),
    );
    return states.flat().sort((a, b) => b.at - a.at);
  }

  async remove(name: string): Promise<void> {
    await this.find(name);
    await rm(this.#folder(name), { recursive: true });
  }

  #folder(name: string): string {
    if (NAME.test(name)) return join(this.dir, name);
    throw new TwinError('TWIN_STATE_NAME', 'This cannot be the name of a saved state.', {
      next: 'Use up to 64 letters, digits, dashes and underscores, beginning with a letter or digit.',
    });
  }
}
