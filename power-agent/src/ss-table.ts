import { noTraffic, type PortTraffic, type SourceClass, trafficKey } from './traffic.js';

/** One connection to a port of ours. */
export type Connection = { port: number; peer: string; bytes: number; segments: number };

/** The connections in the output of `ss -tinHO`, by both their ends. */
export function parseSs(output: string): ReadonlyMap<string, Connection> {
  const connections = new Map<string, Connection>();
  for (const line of output.split('\n')) {
    const ends = /^(?:[A-Z][\w-]* +)?\d+ +\d+ +(\S+):(\d+) +(\S+):(\d+)/.exec(line);
    if (ends === null) continue;
    const [, , port = '', peer = ''] = ends;
    const field = (name: string): number => Number(new RegExp(`\\b${name}:(\\d+)`).exec(line)?.[1] ?? 0);
    connections.set(ends.slice(1).join(' '), {
      port: Number(port),
      peer: peer.replace(/^\[|\]$/g, ''),
      bytes: field('bytes_received'),
      segments: field('data_segs_in'),
    });
  }
  return connections;
}

/** The counts after a look: what known connections brought since the last one, and new ones altogether. */
export function countConnections(
  traffic: readonly PortTraffic[],
  before: ReadonlyMap<string, Connection>,
  now: ReadonlyMap<string, Connection>,
  classOf: (address: string) => SourceClass,
): PortTraffic[] {
  const sums = new Map(traffic.map((one) => [trafficKey(one), one]));
  for (const [ends, { port, peer, bytes, segments }] of now) {
    const known = before.get(ends);
    const none = noTraffic(port, classOf(peer));
    const sum = sums.get(trafficKey(none)) ?? none;
    const more = Math.max(0, segments - (known?.segments ?? 0));
    sums.set(trafficKey(none), {
      ...sum,
      packets: sum.packets + more,
      bytes: sum.bytes + Math.max(0, bytes - (known?.bytes ?? 0)),
      payloadPackets: sum.payloadPackets + more,
      payloadBytes: sum.payloadBytes + Math.max(0, bytes - (known?.bytes ?? 0)),
      syns: sum.syns + (known ? 0 : 1),
    });
  }
  return [...sums.values()];
}
