import { accessSync, constants, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { SandboxLimits } from './limits.js';

const MOUNT = '/sys/fs/cgroup';
/** The subgroup in which systemd starts the agent (`DelegateSubgroup=agent`): its siblings are ours to make. */
const OWN = 'agent';
/** Without these two there is no use in a group. */
const NEEDED = ['memory', 'pids'];
/** Bubblewrap's own processes, twice for root, and the shell that limits and starts the program. */
const OURS = 8;
/** Processor time of a sandbox: one processor, in microseconds of a period. */
const CPU_MAX = '100000 100000';
const GONE_TRIES = 100;
const GONE_MS = 10;

/** A group of processes that the kernel counts together (cgroup v2): memory with what lies in `/tmp`, processes, processor time. */
export type ControlGroup = {
  /** Puts the calling shell into the group before it becomes `command`. */
  wrap(command: readonly string[]): string[];
  /** Whether the kernel ended a process because the memory was used up. */
  outOfMemory(): boolean;
  /** Kills what is left of it, and removes it when it is empty. */
  close(): Promise<void>;
};

/** The part of the machine's control groups that systemd has handed over to the agent. */
export class ControlGroups {
  readonly #parent: string;
  #made = 0;

  private constructor(parent: string) {
    this.#parent = parent;
  }

  /** Undefined where none is handed over; nothing is changed then. */
  static find(mount: string = MOUNT, own: string = ownGroup()): ControlGroups | undefined {
    if (!own.endsWith(`/${OWN}`)) return undefined;
    const parent = join(mount, dirname(own));
    try {
      accessSync(join(parent, 'cgroup.procs'), constants.W_OK);
      const there = readFileSync(join(parent, 'cgroup.controllers'), 'utf8').trim().split(' ');
      if (!NEEDED.every((name) => there.includes(name))) return undefined;
      const wanted = [...NEEDED, 'cpu'].filter((name) => there.includes(name));
      writeFileSync(join(parent, 'cgroup.subtree_control'), wanted.map((name) => `+${name}`).join(' '));
      return new ControlGroups(parent);
    } catch {
      return undefined;
    }
  }

  /** A new group with these limits. @throws Error of the file system */
  open({ memoryBytes, processes }: SandboxLimits): ControlGroup {
    const folder = join(this.#parent, `sandbox-${process.pid}-${++this.#made}`);
    mkdirSync(folder);
    try {
      const set = (file: string, value: string): void => writeFileSync(join(folder, file), value);
      set('memory.max', String(memoryBytes));
      set('memory.oom.group', '1');
      set('pids.max', String(processes + OURS));
      // Neither has to be there: a machine without swap, a kernel without shares.
      for (const [file, value] of [
        ['memory.swap.max', '0'],
        ['cpu.max', CPU_MAX],
      ] as const)
        ifThere(() => set(file, value));
    } catch (error) {
      rmdirSync(folder);
      throw error;
    }
    return group(folder);
  }
}

function group(folder: string): ControlGroup {
  return {
    wrap: (command) => ['/bin/sh', '-c', 'echo 0 >"$0" && exec "$@"', join(folder, 'cgroup.procs'), ...command],
    outOfMemory() {
      const events = ifThere(() => readFileSync(join(folder, 'memory.events'), 'utf8')) ?? '';
      return Number(/^oom_kill (\d+)$/m.exec(events)?.[1] ?? 0) > 0;
    },
    async close() {
      ifThere(() => writeFileSync(join(folder, 'cgroup.kill'), '1'));
      // Killed processes are gone a moment later.
      for (let i = 0; i < GONE_TRIES; i++) {
        try {
          return await rmdir(folder);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EBUSY') return;
          await pause(GONE_MS);
        }
      }
    },
  };
}

/** Path of the agent's own group below the mount, `/…/agent`; empty where there is no cgroup v2. */
function ownGroup(): string {
  const text = ifThere(() => readFileSync('/proc/self/cgroup', 'utf8')) ?? '';
  return /^0::(\/.*)$/m.exec(text)?.[1] ?? '';
}

function ifThere<T>(use: () => T): T | undefined {
  try {
    return use();
  } catch {
    return undefined;
  }
}
