import { createHash } from 'node:crypto';
import { chown, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { NOBODY } from './bubblewrap.js';

/** One folder for each conversation, kept, that programs in the sandbox see as `/work`. */
export class WorkFolders {
  readonly #root: string;

  constructor(root: string) {
    this.#root = root;
  }

  /** The folder of a session, made when it is missing. Its name is made of a hash, so no session's name leads elsewhere. */
  async of(session: string): Promise<string> {
    await mkdir(this.#root, { recursive: true, mode: 0o700 });
    const folder = join(this.#root, `session-${createHash('sha256').update(session).digest('hex').slice(0, 16)}`);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (process.getuid?.() === 0) await chown(folder, NOBODY, NOBODY);
    return folder;
  }
}
