import type { NodeView } from '../server/cluster-protocol.js';
import type { Node, Snapshot } from './survey.js';
import { isLive } from './tasks.js';

const MIB = 1024 * 1024;

/** The nodes of the cluster, by name. */
export function nodeViews({ nodes, allocations }: Pick<Snapshot, 'nodes' | 'allocations'>): NodeView[] {
  return nodes
    .map((node): NodeView => {
      const there = allocations.filter((one) => one.NodeID === node.ID && isLive(one));
      const { Attributes = {} } = node;
      return {
        ...stateOf(node),
        id: node.ID,
        name: node.Name,
        address: node.Address ?? Attributes['unique.network.ip-address'] ?? '',
        cores: Number(Attributes['cpu.numcores'] ?? 0),
        cpu: Attributes['cpu.modelname'] ?? '',
        memory_mb: Math.round(Number(Attributes['memory.totalbytes'] ?? 0) / MIB),
        jobs: [...new Set(there.map(({ JobID }) => JobID))].sort(),
      };
    })
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

function stateOf({ Status, Drain, SchedulingEligibility }: Node): Pick<NodeView, 'state' | 'words'> {
  switch (Status) {
    case 'ready':
      if (Drain) return { state: 'degraded', words: 'It is being emptied: its jobs move to other nodes.' };
      if (SchedulingEligibility !== 'eligible') return { state: 'degraded', words: 'It takes no new jobs.' };
      return { state: 'awake', words: 'It takes jobs.' };
    case 'initializing':
      return { state: 'loading', words: 'It joins the cluster.' };
    default:
      return { state: 'lost', words: `Nomad does not reach it (${Status}). Is it switched on, and on the network?` };
  }
}
