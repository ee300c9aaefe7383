import { z } from 'zod';
import { POWER_PREFIX, type PowerLease, type PowerPolicy, parsed, powerLease, powerPolicy } from './power-kv.js';

/** A cable or radio of a node, as a magic packet must find it. */
export const nodeInterface = z.object({
  name: z.string(),
  /** `aa:bb:cc:dd:ee:ff`. */
  mac: z.string().regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i),
  /** Its IPv4 address with the bits of the network: `10.1.0.5/24`. */
  cidr: z.string(),
});
export type NodeInterface = z.infer<typeof nodeInterface>;

/** `node/<node>/state`. A node without the key is on and has never slept. */
export const nodeState = z.object({
  /** `suspending`: it drains; `off`: it is suspended, or about to be; `waking`: packets are sent to it. */
  state: z.enum(['on', 'suspending', 'off', 'waking']),
  interfaces: z.array(nodeInterface).default([]),
  /** When it was suspended within the last hour, ms since 1970. */
  slept: z.array(z.number()).default([]),
  /** Why, in words. */
  reason: z.string().default(''),
  /** When it changed, ms since 1970, and by whom. */
  at: z.number(),
  by: z.string(),
});
export type NodeState = z.infer<typeof nodeState>;

export const NODE_PREFIX = `${POWER_PREFIX}node/`;
export const nodeStateKey = (node: string): string => `${NODE_PREFIX}${node}/state`;
/** `{until, by}`: wakes the node and keeps it on until then. */
export const nodeLeaseKey = (node: string, holder: string): string => `${NODE_PREFIX}${node}/lease/${holder}`;
/** One node at a time is suspended in the whole cluster: two servers could else go at once. */
export const NODES_LOCK = 'pipecat/locks/power/nodes';

/** What Consul keeps about one node. */
export type NodeEntry = { state?: NodeState; policy?: PowerPolicy; leases: readonly PowerLease[] };

/** By node, out of the entries below `pipecat/power/`. What cannot be read counts as not there. */
export function nodeEntries(entries: readonly { key: string; value: string }[]): Map<string, NodeEntry> {
  const nodes = new Map<string, NodeEntry>();
  for (const { key, value } of entries) {
    const [, node = '', what] = /^pipecat\/power\/node\/([^/]+)\/(state|policy|lease\/.+)$/.exec(key) ?? [];
    if (what === undefined) continue;
    const entry = nodes.get(node) ?? { leases: [] };
    nodes.set(node, { ...entry, ...read(what, parsed(value), entry) });
  }
  return nodes;
}

function read(what: string, value: unknown, { leases }: NodeEntry): Partial<NodeEntry> {
  if (what === 'state') {
    const { data } = nodeState.safeParse(value);
    return data ? { state: data } : {};
  }
  if (what === 'policy') {
    const { data } = powerPolicy.safeParse(value);
    return data ? { policy: data } : {};
  }
  const { data } = powerLease.safeParse(value);
  return data ? { leases: [...leases, data] } : {};
}
