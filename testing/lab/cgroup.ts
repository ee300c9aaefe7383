import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rmdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { until } from '../cluster/until.js';

/** Where control groups of version 2 are: alone, or beside those of version 1. */
const V2 = ['/sys/fs/cgroup', '/sys/fs/cgroup/unified'];

/** The top of the control groups of version 2; undefined where this machine has none. */
export function cgroupTop(): string | undefined {
  return V2.find(
    (folder) => existsSync(join(folder, 'cgroup.procs')) && existsSync(join(folder, 'cgroup.controllers')),
  );
}

/** Whether version 1 is there too: a container has to be told which one to take. */
export const hybrid = (): boolean => cgroupTop() === V2[1];

/** A control group of the lab's own: everything that was started in it can be killed or frozen in one step. */
export class Cgroup {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  static ofLab(name: string): Cgroup {
    return new Cgroup(join(cgroupTop() ?? '/sys/fs/cgroup', `twin-lab-${name}`));
  }

  child(name: string): Cgroup {
    return new Cgroup(join(this.folder, name));
  }

  async make(): Promise<void> {
    await mkdir(this.folder, { recursive: true });
  }

  /** A command that moves itself in here before it becomes `command`. */
  start(command: readonly string[]): string[] {
    return ['sh', '-c', 'echo $$ >"$0/cgroup.procs" && exec "$@"', this.folder, ...command];
  }

  async populated(): Promise<boolean> {
    return /^populated 1$/m.test(await readFile(join(this.folder, 'cgroup.events'), 'utf8').catch(() => ''));
  }

  /** Ends every process in here and below with SIGKILL, and returns when all are gone. */
  async kill(): Promise<void> {
    if (!existsSync(this.folder)) return;
    await writeFile(join(this.folder, 'cgroup.kill'), '1');
    await until(`The end of ${this.folder}`, async () => !(await this.populated()));
  }

  async freeze(frozen: boolean): Promise<void> {
    await writeFile(join(this.folder, 'cgroup.freeze'), frozen ? '1' : '0');
    const state = frozen ? /^frozen 1$/m : /^frozen 0$/m;
    await until(`${this.folder} frozen or not`, async () =>
      state.test(await readFile(join(this.folder, 'cgroup.events'), 'utf8')),
    );
  }

  /** Removes the group and those below it. Nothing may run in them. */
  async remove(): Promise<void> {
    const entries = await readdir(this.folder, { withFileTypes: true }).catch(() => []);
    for (const entry of entries) if (entry.isDirectory()) await this.child(entry.name).remove();
    await rmdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}
