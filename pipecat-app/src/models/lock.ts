import { randomUUID } from 'node:crypto';
import { link, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { TwinError } from '../errors.js';

/**
 * Runs `work` while this process alone holds the lock file. A lock whose process has died is taken over.
 * @throws TwinError `TWIN_MODEL_LOCKED` when another live process holds it.
 */
export async function withLock<T>(path: string, what: string, work: () => Promise<T>): Promise<T> {
  await acquire(path, what);
  try {
    return await work();
  } finally {
    await rm(path, { force: true });
  }
}

async function acquire(path: string, what: string): Promise<void> {
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      await writeFile(path, `${process.pid}\n`, { flag: 'wx' });
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const held = await readFile(path, 'utf8').catch(() => '');
    const pid = Number(held);
    if (isAlive(pid)) {
      throw new TwinError('TWIN_MODEL_LOCKED', `${what} is being pulled by another process (${pid}).`, {
        next: 'Wait until it is done, then try again.',
        retryable: true,
      });
    }
    await removeDead(path, held);
  }
  throw new TwinError('TWIN_MODEL_LOCKED', `${what} is being pulled by several processes.`, {
    next: 'Wait until they are done, then try again.',
    retryable: true,
  });
}

/** Takes a dead lock away by a rename, which one process wins; a lock that is a newer one by then is put back. */
async function removeDead(path: string, held: string): Promise<void> {
  const aside = `${path}.${randomUUID()}`;
  try {
    await rename(path, aside);
    if ((await readFile(aside, 'utf8')) !== held) await link(aside, path);
  } catch {
    // Another process was faster: the next attempt finds what it left.
  } finally {
    await rm(aside, { force: true });
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
