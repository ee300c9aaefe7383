import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdir, open, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '@twin/pipecat-app/errors.js';
import { until } from '../cluster/until.js';
import { addressOf } from './addresses.js';
import { type Cgroup, hybrid } from './cgroup.js';
import type { LabNetwork } from './lab-network.js';
import type { LabState } from './lab-state.js';
import { nodeFiles, writeNodeFiles } from './node-files.js';
import { must, type Outcome, type RunOptions } from './run-command.js';

/** What a node may do to load eBPF programs. */
const BPF = [
  '--capability=CAP_BPF,CAP_PERFMON,CAP_NET_ADMIN,CAP_SYS_ADMIN,CAP_SYS_RESOURCE',
  '--system-call-filter=bpf perf_event_open',
];

/** How long a node may take from its start until it can be logged in to. */
const BOOT_MS = 60_000;

export type SshOptions = RunOptions & {
  /** `root` (default), or `person`, who may use sudo with the password `person`. */
  user?: 'root' | 'person';
};

/** One Debian machine of a lab. */
export class LabNode {
  readonly name: string;
  readonly address: string;
  readonly #number: number;
  readonly #lab: string;
  readonly #state: LabState;
  readonly #network: LabNetwork;
  readonly #group: Cgroup;

  constructor(options: { number: number; lab: string; state: LabState; network: LabNetwork; group: Cgroup }) {
    this.#number = options.number;
    this.name = `node${options.number}`;
    this.address = addressOf(options.number);
    this.#lab = options.lab;
    this.#state = options.state;
    this.#network = options.network;
    this.#group = options.group.child(this.name);
  }

  /** Where its disk is: `upper` holds what differs from the base system. */
  get folder(): string {
    return join(this.#lab, 'nodes', this.name);
  }

  /** What it wrote to its console. */
  get console(): string {
    return join(this.folder, 'console.log');
  }

  running(): Promise<boolean> {
    return this.#group.populated();
  }

  /** Gives it a clean disk. It must not run. */
  async prepare(): Promise<void> {
    const upper = join(this.folder, 'upper');
    for (const part of [upper, join(this.folder, 'work')]) await rm(part, { recursive: true, force: true });
    await mkdir(upper, { recursive: true, mode: 0o755 });
    const key = join(this.#lab, 'keys', this.name);
    const files = nodeFiles({
      number: this.#number,
      machineId: randomBytes(16).toString('hex'),
      access: await readFile(join(this.#lab, 'keys', 'access.pub'), 'utf8'),
      hostKey: { secret: await readFile(key, 'utf8'), open: await readFile(`${key}.pub`, 'utf8') },
      clients: this.#state.clients,
    });
    await writeNodeFiles(upper, files);
  }

  /** Switches it on, and returns when it can be logged in to. What its disk holds is kept. */
  async start(signal?: AbortSignal): Promise<void> {
    await this.power();
    await this.ready(signal);
  }

  /** Switches it on. */
  async power(): Promise<void> {
    if (await this.running()) return;
    await this.#network.unplug(this.name);
    await this.#group.remove();
    await this.#group.make();
    // The overlay's own scratch; a new one after each start, as the last one may have ended in its middle.
    await rm(join(this.folder, 'work'), { recursive: true, force: true });
    for (const part of ['work', 'root']) await mkdir(join(this.folder, part), { recursive: true });
    const log = await open(this.console, 'a', 0o600);
    const [command = '', ...args] = this.#group.start([...this.#network.inside, ...this.#boot()]);
    const env = { ...process.env, ...(hybrid() && { SYSTEMD_NSPAWN_UNIFIED_HIERARCHY: '1' }) };
    const child = spawn(command, args, { cwd: this.folder, stdio: ['ignore', log.fd, log.fd], detached: true, env });
    const spawned = once(child, 'spawn');
    await log.close();
    await spawned;
    // Its end is seen in its control group.
    child.on('error', () => undefined).unref();
    await until(`The start of ${this.name}`, () => this.running());
  }

  /** Waits until it can be logged in to. @throws TwinError `TWIN_LAB_NODE` with the end of its console when it cannot */
  async ready(signal?: AbortSignal): Promise<void> {
    try {
      let ended = false;
      await until(
        `${this.name}`,
        async () => {
          if (!(await this.running())) ended = true;
          return ended || (await this.ssh('true', { signal, patienceS: 1 })).code === 0;
        },
        { patienceMs: BOOT_MS, signal },
      );
      if (ended) throw new Error('it ended');
    } catch (cause) {
      signal?.throwIfAborted();
      const end = (await readFile(this.console, 'utf8').catch(() => '')).split('\n').slice(-15).join('\n');
      throw new TwinError('TWIN_LAB_NODE', `${this.name} cannot be logged in to.\n${end}`, {
        next: `Read ${this.console}.`,
        cause,
      });
    }
  }

  /**
   * Runs a shell command on it. `code` is 255 when it cannot be reached.
   * @param options.patienceS how long a connection may take, in seconds
   */
  ssh(
    command: string,
    { user = 'root', patienceS = 5, ...options }: SshOptions & { patienceS?: number } = {},
  ): Promise<Outcome> {
    const connect = ['-o', `ConnectTimeout=${patienceS}`];
    return this.#network.run(
      ['ssh', '-F', join(this.#lab, 'ssh_config'), ...connect, '-l', user, this.name, command],
      options,
    );
  }

  /** Copies a file or folder of this machine to the folder `to`, which is made where it is missing. */
  async copy(from: string, to: string, signal?: AbortSignal): Promise<void> {
    const target = [
      'ssh',
      '-F',
      join(this.#lab, 'ssh_config'),
      '-l',
      'root',
      this.name,
      `mkdir -p '${to}' && tar -x -C '${to}'`,
    ];
    const script = 'file=$1; shift; tar -c -C "$(dirname "$file")" "$(basename "$file")" | "$@"';
    await must(['bash', '-o', 'pipefail', '-c', script, 'copy', from, ...this.#network.inside, ...target], { signal });
  }

  /** Cuts its power: every process is gone at once, its disk stays. */
  async kill(): Promise<void> {
    await this.#group.kill();
    await this.#network.unplug(this.name);
  }

  /** Gives it a clean disk and starts it. */
  async reset(signal?: AbortSignal): Promise<void> {
    await this.kill();
    await this.prepare();
    await this.start(signal);
  }

  /** Stops its time, or lets it go on: it keeps its connections, and answers nobody. */
  freeze(frozen: boolean): Promise<void> {
    return this.#group.freeze(frozen);
  }

  /** Plugs its network cable in, or pulls it. */
  link(up: boolean): Promise<void> {
    return this.#network.link(this.name, up);
  }

  /** In a mount namespace of its own: with the node's last process its disk is unmounted. */
  #boot(): string[] {
    const { base, rights } = this.#state;
    const overlay = `volatile,lowerdir=${base},upperdir=upper,workdir=work`;
    return [
      ...['unshare', '--mount', 'sh', '-c', 'mount -t overlay overlay -o "$0" root && exec "$@"', overlay],
      ...['systemd-nspawn', '--quiet', '--register=no', '--keep-unit', `--machine=${this.name}`, '--directory=root'],
      ...[`--network-bridge=${this.#network.bridge}`, '--resolv-conf=off', '--timezone=off', '--link-journal=no'],
      ...rights.share.map(({ from, to }) => `--bind-ro=${from}:${to}`),
      ...(rights.bpf ? BPF : []),
      '--boot',
    ];
  }
}
