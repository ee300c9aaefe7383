import type { NodeEntry } from '@twin/hashi/power/node-kv.js';
import type { PowerState } from '@twin/hashi/power/power-kv.js';
import type { NodeView } from './node-policy.js';

/** A service, as far as it says which nodes must be on. */
export type NodeService = {
  service: string;
  state: PowerState['state'];
  /** Where it ran before it slept. */
  nodes: readonly string[];
  leases: readonly { until: number }[];
};

export type NodeFacts = {
  node: string;
  entry: NodeEntry | undefined;
  /** Since when it is on where its key does not say, ms since 1970. */
  booted: number;
  /** Jobs that run on it, other than those that run on every node. */
  running: readonly string[];
  services: readonly NodeService[];
  now: number;
};

/** What `decideNode` is asked, out of what Consul and Nomad say. */
export function viewOf({ node, entry, booted, running, services, now }: NodeFacts): NodeView {
  const { state, policy, leases = [] } = entry ?? {};
  const wanted = (one: NodeService): boolean =>
    one.state === 'waking' || (one.state === 'asleep' && one.leases.some(({ until }) => until > now));
  return {
    node,
    state: state?.state === 'off' || state?.state === 'waking' ? 'off' : 'on',
    since: state?.at ?? booted,
    wol: policy?.wol === true && policy.sleep !== false,
    awake: running,
    leases,
    needed: services.filter((one) => one.nodes.includes(node) && wanted(one)).map(({ service }) => service),
    slept: state?.slept ?? [],
  };
}
