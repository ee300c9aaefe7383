import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Ids of the processes of a cluster in `folder`: those that run in it, and tasks that went elsewhere since. */
export async function processesUnder(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(pids.map(async (pid) => ((await belongs(pid, folder)) ? Number(pid) : undefined)));
  return found.filter((pid) => pid !== undefined);
}

async function belongs(pid: string, folder: string): Promise<boolean> {
  try {
    const [cwd, environ] = await Promise.all([readlink(`/proc/${pid}/cwd`), readFile(`/proc/${pid}/environ`, 'utf8')]);
    if (cwd === folder || cwd.startsWith(`${folder}/`)) return true;
    return environ.split('\0').some((line) => line.startsWith('NOMAD_') && line.includes(`=${folder}/`));
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
