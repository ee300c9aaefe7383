import { portOf } from './addresses.js';

/** The table of every rule that the lab adds. */
export const TABLE = 'lab';

/**
 * What can be wrong with the network. `loss` drops a part of the packets to a node; `partition` all between two groups of
 * nodes. The lab itself still reaches both sides.
 */
export type Fault =
  | { kind: 'loss'; node: string; percent: number }
  | { kind: 'partition'; one: readonly string[]; other: readonly string[] };

/** The rules of a fault, for `nft -f`. They are added to those that are there. */
export function faultRules(fault: Fault): string {
  const rules = fault.kind === 'loss' ? loss(fault) : partition(fault);
  const chain = (hook: string): string =>
    `add chain bridge ${TABLE} ${hook} { type filter hook ${hook} priority 0; policy accept; }`;
  return [`add table bridge ${TABLE}`, chain('forward'), chain('output'), ...rules, ''].join('\n');
}

function loss({ node, percent }: { node: string; percent: number }): string[] {
  if (!(percent >= 0 && percent <= 100)) throw new RangeError(`a loss of ${percent} percent`);
  const perMille = Math.round(percent * 10);
  const rule = `oifname "${portOf(node)}" numgen random mod 1000 < ${perMille} counter drop`;
  return ['forward', 'output'].map((hook) => `add rule bridge ${TABLE} ${hook} ${rule}`);
}

function partition({ one, other }: { one: readonly string[]; other: readonly string[] }): string[] {
  const between = (from: string, to: string): string =>
    `add rule bridge ${TABLE} forward iifname "${portOf(from)}" oifname "${portOf(to)}" counter drop`;
  return one.flatMap((a) => other.flatMap((b) => [between(a, b), between(b, a)]));
}
