import { execFile } from 'node:child_process';
import { readlinkSync } from 'node:fs';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Whether process `pid` runs in `folder` itself: an id from a file may belong to a stranger by now. */
export function runsIn(pid: number, folder: string): boolean {
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === folder;
  } catch {
    return false;
  }
}

/**
 * Ids of the processes of a cluster in `folder`: those that run in it, and those of its allocations, which may have a root of
 * their own.
 */
export async function processesUnder(folder: string): Promise<number[]> {
  const allocations = new Set(await readdir(join(folder, 'nomad', 'alloc')).catch(() => []));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(
    pids.map(async (pid) => ((await belongs(pid, folder, allocations)) ? Number(pid) : undefined)),
  );
  return found.filter((pid) => pid !== undefined);
}

async function belongs(pid: string, folder: string, allocations: ReadonlySet<string>): Promise<boolean> {
  try {
    const [cwd, environ] = await Promise.all([readlink(`/proc/${pid}/cwd`), readFile(`/proc/${pid}/environ`, 'utf8')]);
    if (cwd === folder || cwd.startsWith(`${folder}/`)) return true;
    const allocation = /(?:^|\0)NOMAD_ALLOC_ID=([^\0]+)/.exec(environ)?.[1];
    return allocation !== undefined && allocations.has(allocation);
  } catch {
    return false;
  }
}

/** Mount points below `folder`, the deepest first. Nomad mounts a task's secrets when it runs as root. */
export async function mountsUnder(folder: string): Promise<string[]> {
  const lines = (await readFile('/proc/self/mountinfo', 'utf8')).split('\n');
  const points = lines.map((line) => line.split(' ')[4] ?? '').filter((point) => point.startsWith(`${folder}/`));
  return points.sort((a, b) => b.length - a.length);
}

/** Unmounts everything below `folder`. */
export async function unmountUnder(folder: string): Promise<void> {
  for (const point of await mountsUnder(folder)) await promisify(execFile)('umount', [point]);
}
