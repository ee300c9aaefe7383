import { execFile } from 'node:child_process';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { promisify } from 'node:util';

/** Ids of the processes that run out of `folder`: started in it, or told in their environment or arguments to use it. */
export async function processesUnder(folder: string): Promise<number[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
  const found = await Promise.all(pids.map(async (pid) => ((await belongs(pid, folder)) ? Number(pid) : undefined)));
  return found.filter((pid) => pid !== undefined);
}

async function belongs(pid: string, folder: string): Promise<boolean> {
  try {
    const [cwd, environ, command] = await Promise.all([
      readlink(`/proc/${pid}/cwd`),
      readFile(`/proc/${pid}/environ`, 'utf8'),
      readFile(`/proc/${pid}/cmdline`, 'utf8'),
    ]);
    const inside = (path: string): boolean => path === folder || path.startsWith(`${folder}/`);
    const allocated = environ.split('\0').some((line) => line.startsWith('NOMAD_') && line.includes(`=${folder}/`));
    return inside(cwd) || allocated || command.split('\0').some((word) => inside(word) || word.includes(`=${folder}/`));
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
