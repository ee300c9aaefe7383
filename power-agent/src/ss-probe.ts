import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Clock } from '@twin/hashi/clock.js';
import { addressClass } from './address-class.js';
import { PowerAgentError } from './errors.js';
import type { PortMode, Probe, ProbeEvent } from './probe-event.js';
import { type Connection, countConnections, parseSs } from './ss-table.js';
import type { PortTraffic } from './traffic.js';

const run = promisify(execFile);

/**
 * The table of TCP connections, by `ss`. A connection that opens and ends between two looks is not in it: it shows work, but
 * it cannot prove that there was none.
 */
export class SsProbe implements Probe {
  readonly source = 'ss';
  readonly sees = false;
  readonly words: string;
  readonly #settings: { tickMs: number; clusterNetworks: readonly string[]; clock: Clock };
  #ports: readonly number[] = [];
  #known: ReadonlyMap<string, Connection> = new Map();
  #traffic: readonly PortTraffic[] = [];

  constructor(settings: { tickMs: number; clusterNetworks: readonly string[]; clock: Clock }, why: string) {
    this.#settings = settings;
    this.words = `Without BPF connections are looked at by ss, and nothing sleeps for being idle: neither ss nor conntrack tells a request from a check. ${why}`;
  }

  async aim(ports: ReadonlyMap<number, PortMode>): Promise<void> {
    this.#ports = [...ports.keys()];
  }

  async *events(signal: AbortSignal): AsyncGenerator<ProbeEvent, void> {
    const { clock, tickMs } = this.#settings;
    while (!signal.aborted) {
      yield await this.#look(signal);
      await clock.sleep(tickMs, signal);
    }
  }

  async close(): Promise<void> {}

  async #look(signal: AbortSignal): Promise<ProbeEvent> {
    const { clock, clusterNetworks } = this.#settings;
    if (this.#ports.length > 0) {
      const filter = this.#ports.map((port) => `sport = :${port}`).join(' or ');
      try {
        const { stdout } = await run('ss', ['-tinHO', 'state', 'connected', `( ${filter} )`], { signal });
        const now = parseSs(stdout);
        const classOf = (address: string) => addressClass(address, clusterNetworks);
        this.#traffic = countConnections(this.#traffic, this.#known, now, classOf);
        this.#known = now;
      } catch (error) {
        const next = 'Install iproute2, or give the power agent CAP_BPF and CAP_NET_ADMIN.';
        const trouble = new PowerAgentError('TWIN_POWER_SS', 'The connections of this node cannot be listed.', {
          next,
          cause: error,
        });
        return { kind: 'trouble', error: trouble };
      }
    }
    return { kind: 'sample', sample: { at: clock.now(), traffic: this.#traffic } };
  }
}
