import { type Clock, pause } from './clock.js';
import type { Endpoint } from './endpoint.js';
import type { Expert, Instance } from './expert.js';
import { type Power, type Services, tableOf } from './service-table.js';

/** Every state of something that changes, the present one first; ends or throws when the source is lost. */
export type Watch<T> = (signal: AbortSignal) => AsyncIterable<T>;

export type CatalogueParts = {
  /** Services of the cluster; left out where there is none. */
  watch?: Watch<Services>;
  /** Which services sleep. */
  power?: Watch<Power>;
  /** Experts outside of the cluster. */
  external?: readonly Instance[];
  /** Throws when a server outside of the cluster does not answer. */
  alive: (endpoint: Endpoint, signal: AbortSignal) => Promise<void>;
  clock: Clock;
  /** Told once each time that a source is lost. */
  onProblem?: (source: string, error: unknown) => void;
};

/** How the services of the cluster are known. `lost`: the last known table is in use, and the source is tried again. */
export type Link = 'off' | 'ok' | 'lost';

const FIRST_RETRY_MS = 500;
const LONGEST_RETRY_MS = 15_000;
const PROBE_MS = 15_000;

/**
 * The live table of experts. When a source is lost the table stays as it was, and catches up when the source is back.
 */
export class Catalogue {
  readonly #parts: CatalogueParts;
  readonly #stop = new AbortController();
  readonly #listeners = new Set<() => void>();
  readonly #external: Map<string, Instance>;
  #services: Services = new Map();
  #power: Power = new Map();
  #experts: readonly Expert[];
  #link: Link;
  #running: Promise<unknown> = Promise.resolve();

  constructor(parts: CatalogueParts) {
    this.#parts = parts;
    this.#external = new Map((parts.external ?? []).map((one) => [one.id, one]));
    this.#experts = tableOf(this.#services, [...this.#external.values()], this.#power);
    this.#link = parts.watch ? 'lost' : 'off';
  }

  /** Begins to follow its sources and returns at once. */
  start(): void {
    const { watch, power } = this.#parts;
    const follows = [...this.#external.values()].map((one) => this.#probe(one));
    if (watch) follows.push(this.#follow('services', watch, (services) => this.#onServices(services)));
    if (power) {
      follows.push(
        this.#follow('power', power, (state) => {
          this.#power = state;
        }),
      );
    }
    this.#running = Promise.all(follows);
  }

  /** By name. */
  experts(): readonly Expert[] {
    return this.#experts;
  }

  find(name: string): Expert | undefined {
    return this.#experts.find((expert) => expert.name === name);
  }

  link(): Link {
    return this.#link;
  }

  /** Calls `listener` after every change of the table or of the link, until the returned function is called. */
  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }

  async #follow<T>(source: string, watch: Watch<T>, onState: (state: T) => void): Promise<void> {
    const { signal } = this.#stop;
    let told = false;
    for (let retry = FIRST_RETRY_MS; !signal.aborted; retry = Math.min(retry * 2, LONGEST_RETRY_MS)) {
      try {
        for await (const state of watch(signal)) {
          retry = FIRST_RETRY_MS;
          told = false;
          onState(state);
          this.#renew();
        }
      } catch (error) {
        if (!signal.aborted && !told) this.#parts.onProblem?.(source, error);
        told = true;
      }
      if (signal.aborted) return;
      if (source === 'services') this.#setLink('lost');
      await pause(this.#parts.clock, retry, signal);
    }
  }

  #onServices(services: Services): void {
    this.#services = services;
    this.#setLink('ok');
  }

  async #probe({ id, endpoint }: Instance): Promise<void> {
    const { signal } = this.#stop;
    while (!signal.aborted) {
      const healthy = await this.#parts.alive(endpoint, signal).then(
        () => true,
        () => false,
      );
      const known = this.#external.get(id);
      if (!signal.aborted && known && known.healthy !== healthy) {
        this.#external.set(id, { ...known, healthy });
        this.#renew();
      }
      await pause(this.#parts.clock, PROBE_MS, signal);
    }
  }

  #setLink(link: Link): void {
    if (this.#link === link) return;
    this.#link = link;
    this.#tell();
  }

  #renew(): void {
    const experts = tableOf(this.#services, [...this.#external.values()], this.#power);
    if (JSON.stringify(experts) === JSON.stringify(this.#experts)) return;
    this.#experts = experts;
    this.#tell();
  }

  #tell(): void {
    for (const listener of this.#listeners) listener();
  }
}
