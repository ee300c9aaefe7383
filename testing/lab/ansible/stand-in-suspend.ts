import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { LabNode } from '../lab-node.js';
import type { Lab } from '../open-lab.js';

/**
 * Nodes of the lab share this machine's kernel and cannot suspend: their /sys has no such file. A pipe takes the place of the kernel's file: who writes
 * to it waits until somebody reads, as who suspends waits until the machine is back. Before Nomad's first start.
 */
export async function standInForSuspend(node: LabNode): Promise<void> {
  const { code, stderr } = await node.ssh('sh -s', { input: SCRIPT });
  if (code !== 0) throw new Error(`${node.name}: ${stderr}`);
}

const PIPE = '/run/lab-power/state';
const SCRIPT = `set -eu
mount -o remount,rw /sys
mkdir -p /sys/power
mount -o remount,ro /sys
mkdir -p /etc/systemd/system/nomad.service.d
printf 'd /run/lab-power 0755\\np ${PIPE} 0666\\n' > /etc/tmpfiles.d/lab-power.conf
systemd-tmpfiles --create lab-power.conf
printf '[Service]\\nBindPaths=/run/lab-power:/sys/power\\n' > /etc/systemd/system/nomad.service.d/lab-power.conf
`;

/** Says each magic packet that reaches the lab's bridge, by the address of the card that it is for. */
const LISTENER = `const s = require('dgram').createSocket({ type: 'udp4', reuseAddr: true });
s.on('message', (m) => { if (m.length === 102) console.log(m.subarray(6, 12).toString('hex')); }).bind(9, () => console.log('listens'));`;

/** What the firmware of the lab's machines does: their time stands still while they are suspended; a magic packet starts them. */
export class Firmware {
  readonly #lab: Lab;
  readonly #cards = new Map<string, LabNode>();
  readonly #suspended = new Map<LabNode, number>();
  readonly #waking = new Set<Promise<void>>();
  #listener: ChildProcess | undefined;
  /** Times that nodes stood still, ms since 1970. */
  readonly pauses: { node: string; from: number; to: number }[] = [];

  constructor(lab: Lab) {
    this.#lab = lab;
  }

  async open(): Promise<void> {
    for (const node of this.#lab.nodes) {
      const { stdout } = await node.ssh('cat /sys/class/net/host0/address');
      this.#cards.set(stdout.trim().replaceAll(':', ''), node);
    }
    const [program = '', ...args] = [...this.#lab.network.inside, process.execPath, '-e', LISTENER];
    this.#listener = spawn(program, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const lines = createInterface({ input: this.#listener.stdout as NodeJS.ReadableStream });
    const ready = once(lines, 'line');
    lines.on('line', (card) => this.#packet(card));
    await ready;
  }

  get suspended(): string[] {
    return [...this.#suspended.keys()].map(({ name }) => name).sort();
  }

  /** Whether somebody on the node has asked to be suspended; then it is. */
  async look(node: LabNode): Promise<void> {
    if (this.#suspended.has(node)) return;
    // A process that waits in open(2) has no descriptor yet: it is known by where it sleeps.
    const { code } = await node.ssh('grep -lqs wait_for_partner /proc/[0-9]*/task/*/wchan');
    if (code !== 0) return;
    this.#suspended.set(node, Date.now());
    await node.freeze(true);
  }

  async close(): Promise<void> {
    await Promise.allSettled([...this.#waking]);
    for (const node of this.#suspended.keys()) await node.freeze(false);
    const listener = this.#listener;
    if (listener === undefined || listener.exitCode !== null) return;
    const ended = once(listener, 'close');
    listener.kill('SIGKILL');
    await ended;
  }

  #packet(card: string): void {
    const node = this.#cards.get(card);
    const from = node && this.#suspended.get(node);
    if (node === undefined || from === undefined) return;
    this.#suspended.delete(node);
    const waking = this.#wake(node, from).finally(() => this.#waking.delete(waking));
    this.#waking.add(waking);
  }

  async #wake(node: LabNode, from: number): Promise<void> {
    await node.freeze(false);
    this.pauses.push({ node: node.name, from, to: Date.now() });
    await node.ssh(`cat ${PIPE}`);
  }
}
