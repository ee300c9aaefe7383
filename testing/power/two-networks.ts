import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import type { LoaderCommand } from '@twin/power-agent/loader.js';
import { ROOT } from '../bench/servers.js';

const run = promisify(execFile);
const BUILD = join(ROOT, 'power-agent/bpf/build.sh');

/** These tests make networks, mount file systems and load programs into the kernel. */
export const isRoot = process.getuid?.() === 0;
export const WHY_NOT = 'needs root: it makes networks and loads programs into the kernel';

/** Reads frames in hexadecimal, one a line, and sends each as often as its line says, at most so many a second; says so. */
export const SENDER = `
import socket, sys, time
out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
out.bind((sys.argv[1], 0))
for line in sys.stdin:
    count, rate, data = line.split()
    data, rate, began = bytes.fromhex(data), int(rate), time.monotonic()
    for sent in range(int(count)):
        if rate and sent % 64 == 0:
            ahead = sent / rate - (time.monotonic() - began)
            if ahead > 0: time.sleep(ahead)
        while True:
            try:
                out.send(data); break
            except OSError: time.sleep(0.001)
    print('sent', flush=True)
`;

/** A client's and a server's network on one cable, and a place for the maps of the traffic monitor. */
export class TwoNetworks {
  readonly client: string;
  readonly server: string;
  readonly clientAddress = '10.78.0.1';
  readonly serverAddress = '10.78.0.2';
  readonly link = 'twin0';
  private constructor(
    readonly folder: string,
    readonly programs: string,
    id: string,
  ) {
    this.client = `twin-pc-${id}`;
    this.server = `twin-ps-${id}`;
  }

  static async open(): Promise<TwoNetworks> {
    const { stdout } = await run(BUILD);
    const folder = await mkdtemp(join(tmpdir(), 'twin-power-'));
    const networks = new TwoNetworks(folder, stdout.trim(), `${process.pid}`);
    const { client, server, link } = networks;
    try {
      await run('chmod', ['755', folder]);
      await mkdir(networks.maps);
      await run('mount', ['-t', 'bpf', 'bpf', networks.maps]);
      await run('chown', ['65534:65534', networks.maps]);
      // Where the user of the loader may read them.
      await run('cp', [join(networks.programs, 'loader'), join(networks.programs, 'traffic_monitor.o'), folder]);
      for (const name of [client, server]) await run('ip', ['netns', 'add', name]);
      await run('ip', ['-n', client, 'link', 'add', link, 'type', 'veth', 'peer', 'name', link, 'netns', server]);
      for (const [name, address] of [
        [client, networks.clientAddress],
        [server, networks.serverAddress],
      ] as const) {
        await run('ip', ['-n', name, 'address', 'add', `${address}/24`, 'dev', link]);
        for (const one of ['lo', link]) await run('ip', ['-n', name, 'link', 'set', one, 'up']);
      }
      return networks;
    } catch (error) {
      await networks.close();
      throw error;
    }
  }

  /** A bpf file system of its own. */
  get maps(): string {
    return join(this.folder, 'maps');
  }

  /** The loader in the server's network, as nobody with the two capabilities it needs, or with those named. */
  loader({ pins = true, capabilities = '+bpf,+net_admin' } = {}): LoaderCommand {
    const held = capabilities === '' ? '-all' : `-all,${capabilities}`;
    return [
      ...this.in('server'),
      ...['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'],
      ...['--inh-caps', held, '--bounding-set', held],
      ...(capabilities === '' ? [] : ['--ambient-caps', held]),
      join(this.folder, 'loader'),
      join(this.folder, 'traffic_monitor.o'),
      ...(pins ? [join(this.maps, 'twin')] : []),
    ];
  }

  in(side: 'client' | 'server'): [string, ...string[]] {
    return ['ip', 'netns', 'exec', this[side]];
  }

  /** Sends a frame `count` times from the client, at most `rate` a second; 0 is as fast as it goes. */
  async send(frame: Buffer, count: number, rate = 0): Promise<void> {
    const [program, ...args] = [...this.in('client'), 'python3', '-c', SENDER, this.link] as [string, ...string[]];
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    child.stdin.end(`${count} ${rate} ${frame.toString('hex')}\n`);
    const [code] = await ended;
    if (code !== 0) throw new Error(`The sender ended with ${code}.`);
  }

  /** Filters at the ingress of the server's interface, as `tc` lists them. */
  async filters(link = this.link): Promise<string[]> {
    const { stdout } = await run('tc', ['-n', this.server, 'filter', 'show', 'dev', link, 'ingress']);
    return stdout.split('\n').filter((line) => line.includes('handle'));
  }

  /** Runs a program of Node.js on a side; `lines` are those that it prints. */
  node(side: 'client' | 'server', script: string): { lines: AsyncIterable<string>; stop: () => Promise<void> } {
    const [program, ...args] = [...this.in(side), process.execPath, '-e', script] as [string, ...string[]];
    const child = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const ended = once(child, 'close');
    return {
      lines: createInterface({ input: child.stdout }),
      stop: async () => {
        child.kill('SIGKILL');
        await ended;
      },
    };
  }

  async close(): Promise<void> {
    for (const name of [this.client, this.server]) await run('ip', ['netns', 'delete', name]).catch(() => undefined);
    await run('umount', [this.maps]).catch(() => undefined);
    await rm(this.folder, { recursive: true, force: true });
  }
}
