import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { advance, answered, type DeclaredWatts, drawOf, type Ledger, openLedger, perAnswer, total } from './ledger.js';

const kept = z.object({
  day: z.string(),
  nodes: z.record(z.string(), z.number()),
  services: z.record(z.string(), z.number()),
  idle: z.number(),
  answers: z.record(z.string(), z.number()).default({}),
});

/** The ledger of one node, of this day. */
export class Energy {
  #ledger: Ledger;
  #day: string;

  constructor(
    private readonly node: string,
    private readonly watts: DeclaredWatts,
    now: number,
  ) {
    this.#ledger = openLedger(now);
    this.#day = dayOf(now);
  }

  /** Goes on with what was counted earlier this day, by another run of the agent. */
  restore(text: string): void {
    const read = kept.safeParse(safely(text));
    if (!read.success || read.data.day !== this.#day) return;
    const { nodes, services, idle, answers } = read.data;
    this.#ledger = {
      ...this.#ledger,
      nodes: new Map(Object.entries(nodes)),
      services: new Map(Object.entries(services)),
      answers: new Map(Object.entries(answers)),
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

  /** This node suspends now, or is back: from here on it draws what the next tick says. */
  suspend(asleep: boolean, now: number): void {
    const watts = asleep ? this.watts.suspended : this.watts.idle;
    this.#ledger = drawOf(this.#ledger, this.node, { watts, services: [] }, now);
  }

  /** That many requests to a service were seen. */
  answered(service: string, count: number): void {
    if (count > 0) this.#ledger = answered(this.#ledger, service, count);
  }

  /** Watt-hours of one answer of each service that gave any today, all its time awake included. */
  perAnswer(): Map<string, number> {
    const { services, answers } = this.#ledger;
    return new Map(
      [...answers.keys()].flatMap((one) => (services.has(one) ? [[one, perAnswer(this.#ledger, one) ?? 0]] : [])),
    );
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
    const { nodes, services, answers, idle } = this.#ledger;
    const record = {
      ...{ day: this.#day, idle, nodes: Object.fromEntries(nodes) },
      ...{ services: Object.fromEntries(services), answers: Object.fromEntries(answers) },
    };
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
