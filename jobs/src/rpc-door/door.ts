import type { ConsulAgent, Instance, NodeService } from '../consul-agent.js';
import { follow } from './follow.js';
import { headOf, type Opening, openings } from './openings.js';

export type DoorParts = {
  consul: Pick<ConsulAgent, 'instances' | 'servicesOf'>;
  node: string;
  /** Makes exactly these reach this node's workers. What it throws ends the door. */
  apply: (openings: readonly Opening[]) => Promise<void>;
  log: (line: string) => void;
};

/** Keeps the ports of this node's RPC workers open for the heads of their experts, and for nobody else. */
export class Door {
  readonly #parts: DoorParts;
  readonly #heads = new Map<string, readonly Instance[]>();
  readonly #watches = new Map<string, AbortController>();
  #workers: readonly NodeService[] = [];
  #applying: Promise<void> = Promise.resolve();
  #applied = '';

  constructor(parts: DoorParts) {
    this.#parts = parts;
  }

  /** Works until `signal` aborts. @throws what `apply` throws */
  async run(signal: AbortSignal): Promise<void> {
    const { consul, node, log } = this.#parts;
    const stop = new AbortController();
    const until = AbortSignal.any([signal, stop.signal]);
    const failed = new Promise<never>((_, reject) => {
      this.#fail = reject;
    });
    const watching = async (): Promise<void> => {
      for await (const services of follow((how) => consul.servicesOf(node, how), until, log)) {
        this.#workers = services.filter(({ name }) => headOf(name) !== undefined);
        this.#watch(until);
        this.#apply();
      }
    };
    try {
      await Promise.race([watching(), failed]);
    } finally {
      stop.abort();
      await this.#applying;
    }
  }

  /** Applies what is known once more: the table of the firewall was loaded anew. */
  again(): void {
    this.#applied = '';
    this.#apply();
  }

  #fail: (error: unknown) => void = () => undefined;

  /** One watch for each head of a worker that is here. */
  #watch(signal: AbortSignal): void {
    const wanted = new Set(this.#workers.map(({ name }) => headOf(name) ?? ''));
    for (const [head, watch] of this.#watches) {
      if (wanted.has(head)) continue;
      watch.abort();
      this.#watches.delete(head);
      this.#heads.delete(head);
    }
    for (const head of wanted) if (!this.#watches.has(head)) this.#follow(head, signal);
  }

  #follow(head: string, signal: AbortSignal): void {
    const { consul, log } = this.#parts;
    const watch = new AbortController();
    this.#watches.set(head, watch);
    const until = AbortSignal.any([signal, watch.signal]);
    const ask = async (how: { index: number; waitS: number; signal: AbortSignal }) => {
      const { instances, index } = await consul.instances(head, how);
      return { value: instances, index };
    };
    const following = async (): Promise<void> => {
      for await (const instances of follow(ask, until, log)) {
        this.#heads.set(head, instances);
        this.#apply();
      }
    };
    following().catch((error: unknown) => this.#fail(error));
  }

  #apply(): void {
    this.#applying = this.#applying
      .then(async () => {
        const wanted = openings(this.#workers, this.#heads);
        const words = wanted.map(({ address, port }) => `${address} -> ${port}`).join(', ');
        if (words === this.#applied && this.#applied !== '') return;
        await this.#parts.apply(wanted);
        if (words !== this.#applied) this.#parts.log(words === '' ? 'nobody is let in' : `let in: ${words}`);
        this.#applied = words;
      })
      .catch((error: unknown) => this.#fail(error));
  }
}
