import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';

/**
 * Does `work` while no other process holds the lock `file`; waits for its turn. The lock is held by a child that ends with
 * this process, so that a killed process leaves none behind.
 */
export async function withLock<T>(file: string, work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  signal?.throwIfAborted();
  await mkdir(dirname(file), { recursive: true });
  const holder = spawn('flock', ['--exclusive', file, 'sh', '-c', 'echo held; exec cat'], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const gone = once(holder, 'exit');
  const stop = (): void => void holder.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  try {
    await Promise.race([
      once(holder.stdout, 'data'),
      gone.then(() => {
        throw signal?.reason ?? new Error(`no lock on ${file}`);
      }),
    ]);
    return await work();
  } finally {
    signal?.removeEventListener('abort', stop);
    holder.stdin.end();
    holder.stdout.destroy();
    await gone.catch(() => undefined);
  }
}
