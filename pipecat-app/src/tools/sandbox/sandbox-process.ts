import { type ChildProcess, spawn } from 'node:child_process';
import type { Writable } from 'node:stream';
import { TwinError } from '../../errors.js';
import { bubblewrapArguments, commandLine, GROUP, type Layout, PASSWD } from './bubblewrap.js';
import type { ControlGroup } from './control-group.js';
import { seccompProgram } from './seccomp.js';
import { bytesIn, memoryOf } from './usage.js';

/** Why a program ended: by itself, or which limit it met. */
export type Ending = 'exit' | 'time' | 'memory' | 'output' | 'disk' | 'stopped';

export type Ended = { ending: Ending /** Exit code; null after a signal. */; code: number | null };

const WATCH_MS = 100;

/** One program in the sandbox, from its start until nothing of it is left. */
export class SandboxProcess {
  /** Resolves when every process of it is gone; never rejects. */
  readonly ended: Promise<Ended>;
  readonly #child: ChildProcess;
  readonly #layout: Layout;
  readonly #group: ControlGroup | undefined;
  #ending: Ending = 'exit';
  #outputBytes = 0;

  /** `group`: where the kernel counts it. `onOutput` hears bytes of both streams, up to the limit. `env` of the agent does not get in. */
  constructor(
    bwrap: string,
    command: readonly string[],
    layout: Omit<Layout, 'root' | 'seccomp'>,
    onOutput: (stream: 'stdout' | 'stderr', bytes: Buffer) => void,
    group?: ControlGroup,
  ) {
    this.#group = group;
    const seccomp = seccompProgram();
    this.#layout = { ...layout, root: process.getuid?.() === 0, seccomp: seccomp !== undefined };
    const line = commandLine(bwrap, command, this.#layout);
    const [program = bwrap, ...args] = group?.wrap(line) ?? line;
    this.#child = spawn(program, args, {
      stdio: ['pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe'],
      detached: true,
      env: { PATH: '/usr/bin:/bin:/usr/sbin:/sbin' },
      cwd: '/',
    });
    for (const [fd, text] of [bubblewrapArguments(this.#layout), PASSWD, GROUP, seccomp ?? ''].entries()) {
      const pipe = this.#child.stdio[3 + fd] as Writable | null;
      pipe?.on('error', () => {});
      pipe?.end(text);
    }
    this.#child.stdin?.on('error', () => {});
    for (const stream of ['stdout', 'stderr'] as const) {
      this.#child[stream]?.on('data', (bytes: Buffer) => {
        const room = this.#layout.limits.outputBytes - this.#outputBytes;
        this.#outputBytes += bytes.length;
        if (room > 0) onOutput(stream, bytes.subarray(0, room));
        if (bytes.length > room) this.kill('output');
      });
    }
    this.ended = this.#watch();
  }

  write(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** Closes its standard input, after `text`. */
  end(text = ''): void {
    this.#child.stdin?.end(text);
  }

  /** Stops all of it at once. The group holds bubblewrap; with it dies the first process of the namespace, with that all others. */
  kill(ending: Ending = 'stopped'): void {
    const { pid, exitCode, signalCode } = this.#child;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    if (this.#ending === 'exit') this.#ending = ending;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }

  async #watch(): Promise<Ended> {
    const { limits, work } = this.#layout;
    const closed = new Promise<number | null>((resolve) => {
      this.#child.once('error', () => resolve(127));
      this.#child.once('close', (code) => resolve(code));
    });
    const clock = setTimeout(() => this.kill('time'), limits.wallMs);
    // A folder that is full already may be looked at and emptied, not filled further.
    const most = work === undefined ? 0 : Math.max(limits.diskBytes, await bytesIn(work));
    let looking = false;
    const look = async (): Promise<void> => {
      if (looking || this.#child.pid === undefined) return;
      looking = true;
      if ((await memoryOf(this.#child.pid)) > limits.memoryBytes) this.kill('memory');
      if (work !== undefined && (await bytesIn(work)) > most) this.kill('disk');
      looking = false;
    };
    const watch = setInterval(() => void look(), WATCH_MS);
    const code = await closed;
    clearTimeout(clock);
    clearInterval(watch);
    if (this.#ending === 'exit' && this.#group?.outOfMemory()) this.#ending = 'memory';
    await this.#group?.close();
    return { ending: this.#ending, code };
  }
}

/** `TWIN_SANDBOX_MISSING`: there is none, and nothing runs without it. */
export const sandboxMissing = (): TwinError =>
  new TwinError('TWIN_SANDBOX_MISSING', 'Programs run in a sandbox only, and bubblewrap is not installed.', {
    next: 'Install it: `apt install bubblewrap`.',
  });

/** `TWIN_SANDBOX_REFUSED`: the machine does not let bubblewrap make one. */
export const sandboxRefused = (said: string): TwinError =>
  new TwinError('TWIN_SANDBOX_REFUSED', `This machine does not allow a sandbox: ${said.trim() || 'no reason given'}.`, {
    next: 'Allow user namespaces (`sysctl kernel.unprivileged_userns_clone=1 user.max_user_namespaces=10000`) and start again.',
  });
