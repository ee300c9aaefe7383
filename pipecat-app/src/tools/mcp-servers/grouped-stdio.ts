import { existsSync } from 'node:fs';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const SETSID = '/usr/bin/setsid';
const SETPRIV = '/usr/bin/setpriv';
const KEPT_WORDS = 2000;

/**
 * A server as a child process in a process group of its own: it, and whatever it started, ends with this transport, and
 * it alone is killed by the kernel when the agent dies. Of the agent's environment it gets what the SDK counts as safe
 * (HOME, PATH and the like), and what its own configuration names.
 */
export class GroupedStdio extends StdioClientTransport {
  #group: number | undefined;
  #words = '';
  #closed: Promise<void> | undefined;

  constructor({ command, args, env }: { command: string; args: string[]; env: Record<string, string> }, cwd: string) {
    const guard = [SETSID, SETPRIV].every((file) => existsSync(file))
      ? [SETSID, SETPRIV, '--pdeathsig', 'KILL', '--']
      : [];
    const [program = command, ...rest] = [...guard, command, ...args];
    super({ command: program, args: rest, env, cwd, stderr: 'pipe' });
    this.stderr?.on('data', (chunk: Buffer) => {
      this.#words = (this.#words + chunk.toString()).slice(-KEPT_WORDS);
    });
  }

  /** The last line that the program wrote to standard error. */
  lastWords(): string {
    return this.#words.trim().split('\n').at(-1)?.trim() ?? '';
  }

  override async start(): Promise<void> {
    await super.start();
    this.#group = this.pid ?? undefined;
  }

  /** Lets the program end by itself, asks it, kills it: within 4 s. Then nothing of its group is left. */
  override close(): Promise<void> {
    this.#closed ??= super.close().then(() => this.#endGroup());
    return this.#closed;
  }

  #endGroup(): void {
    const group = this.#group;
    this.#group = undefined;
    if (group === undefined) return;
    try {
      process.kill(existsSync(SETSID) ? -group : group, 'SIGKILL');
    } catch {
      // Nothing is left.
    }
  }
}
