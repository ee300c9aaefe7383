import { open, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { parsed } from '@twin/hashi/power/power-kv.js';
import { z } from 'zod';
import { plainLine } from './bodies.js';
import type { Mac } from './mac.js';
import type { Machines } from './machines.js';
import type { Machine } from './phase.js';

const EVERY_MS = 500;

/** Lines of the program that takes machines in, as the role join installs it. */
const told = z.union([
  z.object({ progress: z.string() }),
  z.object({ done: z.string() }),
  z.object({ error: z.string(), next: z.string().default('') }),
]);

export type JoinerParts = {
  machines: Pick<Machines, 'list' | 'joining'>;
  /** Folder for requests, and the one in which root answers. */
  spool: string;
  progress: string;
  say: (said: { mac: Mac; what: string; line?: string }) => void;
  failed: (error: unknown) => void;
};

/**
 * Asks root's program on this machine to take installed machines into the cluster, by a file for each, and follows what it says.
 * Only one whose request was answered is `joined`; after a restart all others are asked for again, which does no harm.
 */
export class Joiner {
  readonly #parts: JoinerParts;
  readonly #following = new Map<Mac, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(parts: JoinerParts) {
    this.#parts = parts;
    for (const machine of parts.machines.list()) this.ask(machine);
  }

  /** Asks for this machine, unless it is asked for already, is in, or does not let the controller in. */
  ask(machine: Machine): void {
    const { mac, phase, registered } = machine;
    if (phase !== 'installed' || !registered || this.#following.has(mac)) return;
    const following = this.#join(machine)
      .catch((error: unknown) => {
        if (!this.#stop.signal.aborted) this.#parts.failed(error);
      })
      .finally(() => this.#following.delete(mac));
    this.#following.set(mac, following);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.all(this.#following.values());
  }

  async #join({ mac, plan, registered }: Machine): Promise<void> {
    const { spool, progress, say, machines } = this.#parts;
    if (!plan || !registered) return;
    const visit = plan.installId.replaceAll('-', '').slice(0, 16);
    const token = mac.replaceAll(':', '');
    const { address, hostKey } = registered;
    const request = { token, visit, name: plan.name, address, host_key: hostKey };
    // What an earlier try said must not be taken for this one's.
    const from = (await this.#read(join(progress, visit))).length;
    await writeWhole(join(spool, `${token}-${visit}.json`), JSON.stringify(request));
    say({ mac, what: 'waits to be taken into the cluster' });
    for await (const line of this.#lines(join(progress, visit), from)) {
      if ('progress' in line) say({ mac, what: 'joins', line: plainLine(line.progress) });
      else if ('done' in line) {
        machines.joining(mac, { type: 'joined' });
        return say({ mac, what: 'joined', line: plainLine(line.done) });
      } else {
        const reason = plainLine(line.next ? `${line.error}. Next: ${line.next}` : line.error);
        machines.joining(mac, { type: 'refused', reason });
        return say({ mac, what: 'did not join', line: reason });
      }
    }
  }

  async *#lines(path: string, from: number): AsyncGenerator<z.infer<typeof told>> {
    let [at, before] = [from, from];
    while (!this.#stop.signal.aborted) {
      const text = await this.#read(path);
      // Begun anew by a new try.
      if (text.length < before) at = 0;
      before = text.length;
      const end = text.lastIndexOf('\n') + 1;
      for (const line of text.slice(at, Math.max(at, end)).split('\n')) {
        const read = told.safeParse(parsed(line));
        if (read.success) yield read.data;
      }
      at = Math.max(at, end);
      await pause(EVERY_MS, undefined, { signal: this.#stop.signal });
    }
  }

  #read(path: string): Promise<string> {
    return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return '';
      throw error;
    });
  }
}

/** Whoever waits for such files sees it whole or not at all. */
async function writeWhole(path: string, text: string): Promise<void> {
  const part = `${path}.part`;
  const file = await open(part, 'w', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
}
