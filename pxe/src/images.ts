import { createReadStream, type ReadStream } from 'node:fs';
import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { PxeError } from './errors.js';

/** The files of `pxe/build-images.sh`. */
export type Images = {
  /** SHA-256 of the root file system, hexadecimal. */
  rootSha256: string;
  /** Debian's archive as apt writes it: of the installed machine, and of Debian's own installer. */
  archive: string;
  /** Undefined for everything that is not one of the files. `start` and `bytes` are for the head of an answer. */
  open(name: string): Promise<{ bytes: number; read(): ReadStream } | undefined>;
};

const LINE = /^([0-9a-f]{64}) [ *]([\w.-]+)$/;
const ROOT_FILE = 'root.tar.zst';

/**
 * @param given Debian's archive as machines reach it; left out: where the images came from
 * @throws PxeError `TWIN_PXE_IMAGES` where the folder does not hold a finished build
 */
export async function openImages(folder: string, given?: string): Promise<Images> {
  const sums = await readFile(join(folder, 'SHA256SUMS'), 'utf8').catch((cause: unknown) => {
    throw missing(folder, cause);
  });
  const files = new Map(
    sums.split('\n').flatMap((line) => {
      const [, sum, name] = LINE.exec(line) ?? [];
      return sum && name ? [[name, sum] as const] : [];
    }),
  );
  const rootSha256 = files.get(ROOT_FILE);
  if (!rootSha256) throw missing(folder);
  const archive = given ?? (await readFile(join(folder, 'archive'), 'utf8').catch(() => '')).trim();
  return {
    rootSha256,
    archive,
    async open(name) {
      if (!files.has(name)) return undefined;
      const path = join(folder, name);
      const { size } = await stat(path);
      return { bytes: size, read: () => createReadStream(path) };
    },
  };
}

function missing(folder: string, cause?: unknown): PxeError {
  return new PxeError('TWIN_PXE_IMAGES', `There is nothing to install from in ${folder}.`, {
    next: 'Build it with pxe/build-images.sh, which prints the folder.',
    cause,
  });
}
