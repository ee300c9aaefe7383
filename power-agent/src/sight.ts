import type { Clock } from '@twin/hashi/clock.js';
import type { PowerSeen } from '@twin/hashi/power/power-kv.js';
import type { Board } from './board.js';
import type { Config } from './config.js';
import { beginIdle, type Idle, observe } from './idle.js';
import type { Probe } from './probe-event.js';
import type { Sample } from './traffic.js';

type SightParts = { config: Config; board: Board; probe: Pick<Probe, 'sees'>; clock: Clock; now: () => number };

/** Without a look at the traffic for so long nothing is seen any more, in ticks. */
const BLIND_TICKS = 5;
const SLACK_MS = 1_000;

/** What this node sees of the work of the services that run on it. */
export class Sight {
  readonly #parts: SightParts;
  readonly #idle = new Map<string, { idle: Idle; ports: string }>();
  readonly #requests = new Map<string, number>();
  #sampled = Number.NEGATIVE_INFINITY;

  constructor(parts: SightParts) {
    this.#parts = parts;
  }

  /** Whether the traffic is seen now, and silence can be told from work. */
  sees(): boolean {
    const { probe, clock, config } = this.#parts;
    return probe.sees && clock.now() - this.#sampled <= BLIND_TICKS * config.POWER_TICK_MS + SLACK_MS;
  }

  /** Requests that the last sample brought, by service. */
  requests(): ReadonlyMap<string, number> {
    return this.#requests;
  }

  /** Takes a sample in for all services, by name. */
  observe(services: readonly string[], sample: Sample): void {
    this.#sampled = sample.at;
    this.#requests.clear();
    for (const service of this.#idle.keys()) if (!services.includes(service)) this.#idle.delete(service);
    for (const service of services) this.#observe(service, sample);
  }

  /** Whether any of the services worked within the last tick. */
  works(): boolean {
    const least = this.#sampled - this.#parts.config.POWER_TICK_MS;
    return [...this.#idle.values()].some(({ idle }) => idle.worked >= least);
  }

  /** What this node says of a service to whoever decides; undefined when no instance of it is here. */
  seen(service: string): PowerSeen | undefined {
    const known = this.#idle.get(service);
    if (known === undefined) return undefined;
    const { clock, now } = this.#parts;
    return { at: now(), worked: Math.round(now() - (clock.now() - known.idle.worked)), sees: this.sees() };
  }

  /** Seconds without work after which a service sleeps. */
  idleSeconds(service: string): number {
    return this.#parts.board.entry(service).idleSeconds ?? this.#parts.config.POWER_IDLE_SECONDS;
  }

  #observe(service: string, sample: Sample): void {
    const { config, board } = this.#parts;
    const here = board.instances(service).filter(({ node }) => node === config.TWIN_NODE);
    const ports = new Set(here.map(({ port }) => port));
    if (ports.size === 0) return void this.#idle.delete(service);
    // Another instance may have worked until the moment before it came.
    const names = [...ports].sort().join();
    const known = this.#idle.get(service);
    const before = known?.ports === names ? known.idle : beginIdle(sample.at);
    const rules = {
      idleMs: this.idleSeconds(service) * 1000,
      checkBytes: config.POWER_CHECK_BYTES,
      checkPorts: new Set(config.POWER_CHECK_PORTS),
    };
    const idle = observe(before, sample, ports, rules);
    this.#idle.set(service, { idle, ports: names });
    this.#requests.set(service, idle.requests - before.requests);
  }
}
