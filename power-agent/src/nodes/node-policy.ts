import { type Decision, HOUR_MS } from '../policy.js';

/** Members of one replicated system, for example the servers of Consul; others may be among those that are alive. */
export type Quorum = { name: string; members: readonly string[]; alive: readonly string[] };

export type NodeView = {
  node: string;
  state: 'on' | 'off';
  /** When it came into its state, ms since 1970. */
  since: number;
  /** Off by default: a node sleeps only where its policy has `wol`, which is how it comes back. */
  wol: boolean;
  /** Services that are awake, or being woken, on it. */
  awake: readonly string[];
  leases: readonly { until: number; by: string }[];
  /** Services that need it and cannot run elsewhere. */
  needed: readonly string[];
  /** When it was suspended lately. */
  slept: readonly number[];
};

export type NodeRules = { minOnMs: number; minOffMs: number; sleepsPerHour: number };

const keep = (reason: string): Decision => ({ act: 'keep', reason });

/** Whether a node is suspended or woken, and why. No member of a quorum goes that the others could not do without. */
export function decideNode(view: NodeView, quorums: readonly Quorum[], now: number, rules: NodeRules): Decision {
  const lease = view.leases.find(({ until }) => until > now);
  if (view.state === 'off') {
    if (lease === undefined && view.needed.length === 0) return keep('nothing needs it');
    if (now - view.since < rules.minOffMs) return keep('it was suspended a moment ago');
    return { act: 'wake', reason: lease ? `${lease.by} holds a lease` : `${view.needed.join(', ')} needs it` };
  }
  if (!view.wol) return keep('its policy does not say that it may be suspended');
  if (lease) return keep(`${lease.by} holds a lease`);
  if (view.needed[0] ?? view.awake[0]) return keep(`${view.needed[0] ?? view.awake[0]} runs on it`);
  const vital = quorums.find((quorum) => holdsUp(quorum, view.node));
  if (vital) return keep(`${vital.name} would lose its quorum`);
  if (now - view.since < rules.minOnMs) return keep('it came up a moment ago');
  if (view.slept.filter((at) => now - at < HOUR_MS).length >= rules.sleepsPerHour)
    return keep('it was suspended too often within an hour');
  return { act: 'sleep', reason: 'nothing runs on it' };
}

/** Whether the members that are alive would be less than a majority without this node. */
function holdsUp({ members, alive }: Quorum, node: string): boolean {
  if (!members.includes(node)) return false;
  const left = members.filter((one) => one !== node && alive.includes(one)).length;
  return left < Math.floor(members.length / 2) + 1;
}
