import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { advance, type DeclaredWatts, drawOf, type Ledger, openLedger, total } from './ledger.js';

const kept = z.object({
  day: z.string(),
  nodes: z.record(z.string(), z.number()),
  services: z.record(z.string(), z.number()),
  idle: z.number(),
});

/** The ledger of one node, of this day. */
export class Energy {
  #ledger: Ledger;
  #day: string;

  constructor(
    private readonly node: string,
    private readonly watts: Pick<DeclaredWatts, 'working' | 'idle'>,
    now: number,
  ) {
    this.#ledger = openLedger(now);
    this.#day = dayOf(now);
  }

  /** Goes on with what was counted earlier this day, by another run of the agent. */
  restore(text: string): void {
    const read = kept.safeParse(safely(text));
    if (!read.success || read.data.day !== this.#day) return;
    const { nodes, services, idle } = read.data;
    this.#ledger = {
      ...this.#ledger,
      nodes: new Map(Object.entries(nodes)),
      services: new Map(Object.entries(services)),
      idle,
    };
  }

  /**
   * From now on.
   * @param metered watts by a meter, where there is one
   */
  tick(now: number, services: readonly string[], works: boolean, metered?: number): void {
    if (dayOf(now) !== this.#day) {
      this.#day = dayOf(now);
      this.#ledger = { ...openLedger(now), draws: this.#ledger.draws };
    }
    const watts = metered ?? (works ? this.watts.working : this.watts.idle);
    this.#ledger = drawOf(this.#ledger, this.node, { watts, services }, now);
  }

  /** Watt-hours of this day so far. */
  used(now: number): number {
    return total(advance(this.#ledger, now));
  }

  get services(): ReadonlyMap<string, number> {
    return this.#ledger.services;
  }

  /** For `restore`. */
  text(): string {
    const { nodes, services, idle } = this.#ledger;
    const record = { day: this.#day, nodes: Object.fromEntries(nodes), services: Object.fromEntries(services), idle };
    return JSON.stringify(record satisfies z.infer<typeof kept>);
  }
}

/** Reads the processor's own counter of energy, and tells the watts since the last time; undefined where there is none. */
export class Rapl {
  #last: { microjoules: number; at: number } | undefined;

  constructor(private readonly file = '/sys/class/powercap/intel-rapl:0/energy_uj') {}

  async watts(now: number): Promise<number | undefined> {
    const text = await readFile(this.file, 'utf8').catch(() => '');
    const microjoules = Number(text.trim() || Number.NaN);
    const last = this.#last;
    this.#last = Number.isNaN(microjoules) ? undefined : { microjoules, at: now };
    // The counter begins anew from time to time.
    if (last === undefined || now <= last.at || !(microjoules >= last.microjoules)) return undefined;
    return (microjoules - last.microjoules) / 1000 / (now - last.at);
  }
}

function dayOf(now: number): string {
  return new Date(now).toDateString();
}

function safely(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
