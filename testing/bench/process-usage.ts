import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Ticks per second in `/proc/<pid>/stat`; fixed at 100 for user space on Linux. */
const TICKS_PER_SECOND = 100;

/** CPU seconds (user and system, all threads) that process `pid` has used so far. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

/** Resident memory of process `pid` in MiB. */
export async function residentMiB(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? Number.NaN) / 1024;
}

/** Ids of the processes that `pid` has started, all generations. */
export function descendants(pid: number): number[] {
  const children = childrenNow(pid);
  return [...children, ...children.flatMap(descendants)];
}

/** The first process below `pid` whose command line matches; undefined when there is none now. */
export function processNamed(pid: number, pattern: RegExp): number | undefined {
  for (const child of childrenNow(pid)) {
    if (pattern.test(textOf(`/proc/${child}/cmdline`).replaceAll('\0', ' '))) return child;
    const deeper = processNamed(child, pattern);
    if (deeper !== undefined) return deeper;
  }
  return undefined;
}

/** Children of every thread of `pid`. */
function childrenNow(pid: number): number[] {
  return readdirOf(`/proc/${pid}/task`).flatMap((thread) =>
    textOf(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean).map(Number),
  );
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function readdirOf(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}
