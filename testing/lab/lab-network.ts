import { existsSync } from 'node:fs';
import { GATEWAY, PREFIX_BITS, portOf } from './addresses.js';
import { type Fault, faultRules, TABLE } from './faults.js';
import { must, type Outcome, type RunOptions, run } from './run-command.js';

const BRIDGE = 'lab0';

/** A network namespace with one bridge and no way out. Needs the rights of root. */
export class LabNetwork {
  readonly name: string;
  readonly bridge = BRIDGE;

  constructor(lab: string) {
    this.name = `twin-lab-${lab}`;
  }

  /** The namespace as a file. */
  get file(): string {
    return `/run/netns/${this.name}`;
  }

  /** What a command is started with to run in here, with this machine's own files. */
  get inside(): readonly string[] {
    return ['nsenter', `--net=${this.file}`];
  }

  exists(): boolean {
    return existsSync(this.file);
  }

  async open(): Promise<void> {
    await must(['ip', 'netns', 'add', this.name]);
    await this.#ip('link', 'set', 'lo', 'up');
    await this.#ip('link', 'add', BRIDGE, 'type', 'bridge');
    await this.#ip('address', 'add', `${GATEWAY}/${PREFIX_BITS}`, 'dev', BRIDGE);
    await this.#ip('link', 'set', BRIDGE, 'up');
  }

  /** Ends what still runs in the namespace and removes it. */
  async close(): Promise<void> {
    if (!this.exists()) return;
    // An ssh that keeps a connection open for later would keep the namespace.
    for (const pid of await this.processes()) signal(pid, 'SIGTERM');
    await must(['ip', 'netns', 'delete', this.name]);
  }

  /** Ids of the processes whose network this is, without this process. */
  async processes(): Promise<number[]> {
    const { stdout } = await run(['ip', 'netns', 'pids', this.name]);
    return stdout
      .split('\n')
      .filter(Boolean)
      .map(Number)
      .filter((pid) => pid !== process.pid);
  }

  run(command: readonly string[], options?: RunOptions): Promise<Outcome> {
    return run([...this.inside, ...command], options);
  }

  /** Plugs or unplugs a node's cable at the bridge. */
  async link(node: string, up: boolean): Promise<void> {
    await this.#ip('link', 'set', portOf(node), up ? 'up' : 'down');
  }

  /** Removes the cable of a node that is gone: the kernel does it too, but later. */
  async unplug(node: string): Promise<void> {
    const { code } = await run(['ip', '-n', this.name, 'link', 'show', portOf(node)]);
    if (code === 0) await run(['ip', '-n', this.name, 'link', 'delete', portOf(node)]);
  }

  /** Adds a fault to those that are there. */
  async fault(fault: Fault): Promise<void> {
    await must([...this.inside, 'nft', '-f', '-'], { input: faultRules(fault) });
  }

  /** Takes back every fault. */
  async heal(): Promise<void> {
    await must([...this.inside, 'nft', '-f', '-'], { input: `table bridge ${TABLE}\ndelete table bridge ${TABLE}\n` });
  }

  async #ip(...args: string[]): Promise<void> {
    await must(['ip', '-n', this.name, ...args]);
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It is gone already.
  }
}
