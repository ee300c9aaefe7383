import type { Consul } from '@twin/hashi/consul.js';
import type { Nomad } from '@twin/hashi/nomad.js';
import { PowerAgentError } from '../errors.js';
import type { Quorum } from './node-policy.js';

const ON_EVERY_NODE = ['system', 'sysbatch'];

/** What Consul and Nomad say about nodes, asked anew each time. */
export class ClusterView {
  constructor(
    private readonly consul: Pick<Consul, 'members'>,
    private readonly nomad: Pick<Nomad, 'peers' | 'nodes'>,
  ) {}

  /**
   * The servers of Consul and Nomad.
   * @param off nodes that are suspended, or about to be: they are not alive, whatever the gossip says yet
   */
  async quorums(off: ReadonlySet<string>, signal: AbortSignal): Promise<Quorum[]> {
    const [members, peers] = await Promise.all([this.consul.members(signal), this.nomad.peers({ signal })]);
    const alive = members.filter((one) => one.alive && !off.has(one.node)).map(({ node }) => node);
    const byAddress = new Map(members.map(({ address, node }) => [address, node]));
    const servers = peers.map((peer) => byAddress.get(peer.replace(/:\d+$/, '')) ?? peer);
    return [
      { name: 'Consul', members: members.filter(({ server }) => server).map(({ node }) => node), alive },
      { name: 'Nomad', members: servers, alive },
    ];
  }

  /** Jobs that run or are about to on a node, except those that run on every node. */
  async running(node: string, signal: AbortSignal): Promise<string[]> {
    const allocations = await this.nomad.nodes.allocations(await this.#idOf(node, signal), { signal });
    return allocations
      .filter(({ ClientStatus, Job }) => {
        return ['running', 'pending'].includes(ClientStatus) && !ON_EVERY_NODE.includes(Job?.Type ?? '');
      })
      .map(({ JobID }) => JobID);
  }

  /** Nothing new comes to the node, and what it has ends; what runs on every node stays. */
  async drain(node: string, deadlineMs: number, signal: AbortSignal): Promise<void> {
    await this.nomad.nodes.drain(await this.#idOf(node, signal), { deadlineMs, ignoreSystemJobs: true, signal });
  }

  /** Whether Nomad hears from the node, and gives it nothing to do. */
  async idles(node: string, signal: AbortSignal): Promise<boolean> {
    const found = (await this.nomad.nodes.list({ signal })).find(({ Name }) => Name === node);
    return found?.Status === 'ready' && found.SchedulingEligibility === 'ineligible';
  }

  async undrain(node: string, signal: AbortSignal): Promise<void> {
    await this.nomad.nodes.undrain(await this.#idOf(node, signal), { signal });
  }

  async #idOf(node: string, signal: AbortSignal): Promise<string> {
    const found = (await this.nomad.nodes.list({ signal })).find(({ Name }) => Name === node);
    if (found) return found.ID;
    throw new PowerAgentError('TWIN_POWER_NODE', `Nomad knows no node ${node}.`, {
      next: 'Set TWIN_NODE to the name that Consul and Nomad have for this node.',
    });
  }
}
