import { createHash, randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat, utimes } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Files that never change, by the address they came from. Several labs may share one. */
export class PackageCache {
  readonly #folder: string;
  readonly #coming = new Map<string, Promise<boolean>>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async open(): Promise<void> {
    await mkdir(this.#folder, { recursive: true });
  }

  /** The file of an address, whether it is there or not. */
  fileOf(url: string): string {
    return join(this.#folder, createHash('sha256').update(url).digest('hex'));
  }

  /** Its file and size in bytes when it is there; it then counts as used. */
  async find(url: string): Promise<{ file: string; bytes: number } | undefined> {
    await this.#coming.get(url)?.catch(() => false);
    const file = this.fileOf(url);
    const found = await stat(file).catch(() => undefined);
    if (!found) return undefined;
    const now = new Date();
    await utimes(file, now, now);
    return { file, bytes: found.size };
  }

  /**
   * Writes what comes to the file of an address; others who ask for it meanwhile wait.
   * @returns false when fewer or more than `bytes` came: nothing is kept then
   */
  async keep(url: string, source: Readable, bytes: number | undefined): Promise<boolean> {
    const work = this.#write(url, source, bytes);
    this.#coming.set(url, work);
    try {
      return await work;
    } finally {
      this.#coming.delete(url);
    }
  }

  async #write(url: string, source: Readable, bytes: number | undefined): Promise<boolean> {
    const file = this.fileOf(url);
    const part = `${file}.${randomUUID()}`;
    try {
      await pipeline(source, createWriteStream(part));
      if (bytes !== undefined && (await stat(part)).size !== bytes) return false;
      await rename(part, file);
      return true;
    } finally {
      await rm(part, { force: true });
    }
  }

  /** Removes what was not used for longest until at most `most` bytes are left. */
  async trim(most: number): Promise<void> {
    const names = await readdir(this.#folder);
    const files = await Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs } = await stat(join(this.#folder, name)).catch(() => ({ size: 0, mtimeMs: 0 }));
        return { name, size, mtimeMs };
      }),
    );
    let sum = files.reduce((bytes, { size }) => bytes + size, 0);
    for (const { name, size } of files.sort((a, b) => a.mtimeMs - b.mtimeMs)) {
      if (sum <= most) return;
      await rm(join(this.#folder, name), { force: true });
      sum -= size;
    }
  }
}
