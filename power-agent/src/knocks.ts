import type { Syn } from './probe-event.js';

/** Consul's agent gives a check up after its timeout, which is less: 4 s for an expert. */
const CHECK_MS = 4_500;
const KEEP_MS = 60_000;

/**
 * Who wants a service that sleeps. A check that Consul's agent on this node began while the service was still listed comes after
 * the service has gone, and its held SYN again and again: from this node a connection that was first tried until shortly
 * after the service was listed last counts only when it is tried for longer than any check lasts. No checks come from elsewhere.
 */
export class Knocks {
  readonly #own: () => ReadonlySet<string>;
  /** When an instance was listed on this node last, by service. */
  readonly #listed = new Map<string, number>();
  readonly #first = new Map<string, number>();

  /**
   * @param own addresses of this node
   * @param began when this agent began to look: until then anything may have been listed
   */
  constructor(
    own: () => ReadonlySet<string>,
    private readonly began: number,
  ) {
    this.#own = own;
  }

  listed(service: string, now: number): void {
    this.#listed.set(service, now);
  }

  /** Whether a SYN at `now` wants `service` awake. */
  wants(
    service: string,
    { port, source, sourcePort }: Pick<Syn, 'port' | 'source' | 'sourcePort'>,
    now: number,
  ): boolean {
    for (const [key, at] of this.#first) if (now - at > KEEP_MS) this.#first.delete(key);
    const key = `${port} ${source} ${sourcePort}`;
    const first = this.#first.get(key) ?? now;
    this.#first.set(key, first);
    if (!this.#own().has(source)) return true;
    const mayBeCheck = first < (this.#listed.get(service) ?? this.began) + CHECK_MS;
    return !mayBeCheck || now - first > CHECK_MS;
  }
}
