import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';

const PAGE_BYTES = 4096;
const MOST_PROCESSES = 1024;
const MOST_ENTRIES = 20_000;

/** Bytes of memory of process `pid` and all below it. Shared pages count once for each process: never too little. */
export async function memoryOf(pid: number): Promise<number> {
  let bytes = 0;
  const left = [pid];
  for (let seen = 0; left.length > 0 && seen < MOST_PROCESSES; seen++) {
    const one = left.pop() ?? 0;
    const [memory, children] = await Promise.all([residentBytes(one), childrenOf(one)]);
    bytes += memory;
    left.push(...children);
  }
  return bytes;
}

// A process that has ended since it was listed has no memory and no children.
const residentBytes = (pid: number): Promise<number> =>
  readFile(`/proc/${pid}/statm`, 'utf8').then(
    (text) => Number(text.split(' ')[1]) * PAGE_BYTES,
    () => 0,
  );

async function childrenOf(pid: number): Promise<number[]> {
  const threads = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    threads.map((thread) => readFile(`/proc/${pid}/task/${thread}/children`, 'utf8').catch(() => '')),
  );
  return lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
}

/** Bytes on disk in `folder`, links not followed; infinite when there are more entries than can be watched. */
export async function bytesIn(folder: string): Promise<number> {
  let bytes = 0;
  let entries = 0;
  const left = [folder];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    const here = at;
    const found = await readdir(here, { withFileTypes: true }).catch(() => []);
    entries += found.length;
    if (entries > MOST_ENTRIES) return Number.POSITIVE_INFINITY;
    left.push(...found.filter((entry) => entry.isDirectory()).map((entry) => join(here, entry.name)));
    const sizes = await Promise.all(
      found
        .filter((entry) => entry.isFile())
        .map((entry) =>
          stat(join(here, entry.name)).then(
            ({ blocks }) => blocks * 512,
            () => 0,
          ),
        ),
    );
    bytes += sizes.reduce((sum, size) => sum + size, 0);
  }
  return bytes;
}
