import { setTimeout as pause } from 'node:timers/promises';
import {
  BOOT_ALIVE,
  BOOT_ANSWERS,
  BOOT_MACHINES,
  BOOT_ORDERS,
  type BootAnswer,
  type BootMachine,
} from '@twin/hashi/boot/boot-kv.js';
import type { Consul } from '@twin/hashi/consul.js';
import { PxeError } from './errors.js';
import type { Obey } from './orders.js';

const TELL_MS = 500;
const ALIVE_MS = 10_000;
const AGAIN_MS = 2_000;
/** Whoever asked has looked by then. */
const ANSWER_MS = 300_000;

export type DeskParts = {
  consul: Pick<Consul, 'kv'>;
  machines: () => BootMachine[];
  obey: Obey;
  failed: (error: unknown) => void;
};

/** Shows the machines in Consul, where Mission Control sees them from any node, and takes orders from there. */
export class ConsulDesk {
  readonly #parts: DeskParts;
  readonly #stop = new AbortController();
  readonly #told = new Map<string, string>();
  #alive = Number.NEGATIVE_INFINITY;
  readonly #ended: Promise<unknown>;

  constructor(parts: DeskParts) {
    this.#parts = parts;
    this.#ended = Promise.all([this.#always(() => this.#show()), this.#always(() => this.#serve())]);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }

  /** A Consul that is away for a while is asked again: machines boot without it. */
  async #always(work: () => Promise<void>): Promise<void> {
    let quiet = false;
    while (!this.#stop.signal.aborted) {
      try {
        await work();
        quiet = false;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        if (!quiet) this.#parts.failed(error);
        quiet = true;
        // What was told may be gone with it.
        this.#told.clear();
      }
      await pause(AGAIN_MS, undefined, { signal: this.#stop.signal }).catch(() => undefined);
    }
  }

  async #show(): Promise<void> {
    const { signal } = this.#stop;
    const { kv } = this.#parts.consul;
    for (const { key } of await kv.list(BOOT_MACHINES, { signal })) this.#told.set(key, '');
    while (!signal.aborted) {
      const now = Date.now();
      const wanted = new Map(
        this.#parts.machines().map((machine) => [keyOf(machine.mac), JSON.stringify(machine)] as const),
      );
      for (const [key, text] of wanted) {
        if (this.#told.get(key) === text) continue;
        await kv.put(key, text, { signal });
        this.#told.set(key, text);
      }
      for (const key of this.#told.keys()) {
        if (wanted.has(key)) continue;
        await kv.delete(key, { signal });
        this.#told.delete(key);
      }
      if (now - this.#alive >= ALIVE_MS) {
        await kv.put(BOOT_ALIVE, String(now), { signal });
        await this.#forgetAnswers(now);
        this.#alive = now;
      }
      await pause(TELL_MS, undefined, { signal });
    }
  }

  async #serve(): Promise<void> {
    const { signal } = this.#stop;
    const { kv } = this.#parts.consul;
    for await (const orders of kv.watchList(BOOT_ORDERS, signal)) {
      for (const { key, value } of orders) {
        const id = key.slice(BOOT_ORDERS.length);
        // Taken away first: an order that ends this service would end each next one, too.
        await kv.delete(key, { signal });
        if (/^[\w-]{1,64}$/.test(id)) await kv.put(BOOT_ANSWERS + id, JSON.stringify(this.#answer(value)), { signal });
      }
    }
  }

  #answer(value: string): BootAnswer {
    const at = Date.now();
    try {
      return { at, ...this.#parts.obey(JSON.parse(value)) };
    } catch (error) {
      if (error instanceof PxeError) {
        const { code, message, next } = error;
        return { at, error: { code, message, next } };
      }
      const words = { message: 'This order could not be read.', next: 'Give it on the page Nodes.' };
      return { at, error: { code: 'TWIN_PXE_PLAN', ...words } };
    }
  }

  async #forgetAnswers(now: number): Promise<void> {
    const { signal } = this.#stop;
    const { kv } = this.#parts.consul;
    for (const { key, value } of await kv.list(BOOT_ANSWERS, { signal })) {
      const at = Number(/"at":(\d+)/.exec(value)?.[1] ?? 0);
      if (now - at > ANSWER_MS) await kv.delete(key, { signal });
    }
  }
}

const keyOf = (mac: string): string => BOOT_MACHINES + mac.replaceAll(':', '-');
