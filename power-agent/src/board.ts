import type { ServiceInstance } from '@twin/hashi/consul/instance.js';
import type { Consul } from '@twin/hashi/consul.js';
import { type NodeEntry, nodeEntries } from '@twin/hashi/power/node-kv.js';
import { POWER_PREFIX } from '@twin/hashi/power/power-kv.js';
import { EXPERT_SERVICES, neverSleeps, POWER_MANAGED } from '@twin/hashi/power/sleepable.js';
import type { NodeService } from './nodes/node-view.js';
import { type PowerEntry, powerEntries } from './power-entries.js';

/** What Consul says of services that may sleep, always the newest. */
export class Board {
  #services: ReadonlyMap<string, readonly ServiceInstance[]> | undefined;
  #entries: ReadonlyMap<string, PowerEntry> | undefined;
  #nodes: ReadonlyMap<string, NodeEntry> = new Map();

  /** Follows Consul until `signal` aborts; `onChange` is called after each change. */
  async follow(consul: Pick<Consul, 'kv' | 'watchServices'>, signal: AbortSignal, onChange: () => void): Promise<void> {
    const services = async (): Promise<void> => {
      for await (const all of consul.watchServices('', signal)) {
        this.#services = new Map([...all].filter(([name, instances]) => mayBeManaged(name, instances)));
        onChange();
      }
    };
    const entries = async (): Promise<void> => {
      for await (const found of consul.kv.watchList(POWER_PREFIX, signal)) {
        this.#entries = powerEntries(found);
        this.#nodes = nodeEntries(found);
        onChange();
      }
    };
    await Promise.all([services(), entries()]);
  }

  /** Whether both of Consul's lists have come. */
  get known(): boolean {
    return this.#services !== undefined && this.#entries !== undefined;
  }

  /** Services that run or sleep. */
  names(): string[] {
    const asleep = [...(this.#entries ?? [])].flatMap(([name, { state }]) => (state ? [name] : []));
    return [...new Set([...(this.#services?.keys() ?? []), ...asleep])].filter((name) => !neverSleeps(name)).sort();
  }

  instances(service: string): readonly ServiceInstance[] {
    return this.#services?.get(service) ?? [];
  }

  entry(service: string): PowerEntry {
    return this.#entries?.get(service) ?? { leases: [] };
  }

  /** Nodes about which there is a key. */
  nodes(): ReadonlyMap<string, NodeEntry> {
    return this.#nodes;
  }

  /** Whether a node is suspended or being woken. */
  isOff(node: string): boolean {
    return ['off', 'waking'].includes(this.#nodes.get(node)?.state?.state ?? 'on');
  }

  /** Services with a state, as far as they need nodes. */
  services(): NodeService[] {
    return [...(this.#entries ?? [])].flatMap(([service, { state, leases }]) =>
      state ? [{ service, state: state.state, nodes: [...state.nodes, ...(state.workers ?? [])], leases }] : [],
    );
  }
}

const mayBeManaged = (name: string, instances: readonly ServiceInstance[]): boolean =>
  name.startsWith(EXPERT_SERVICES) || instances.some(({ tags }) => tags.includes(POWER_MANAGED));
