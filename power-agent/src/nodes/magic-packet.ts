import type { NodeInterface } from '@twin/hashi/power/node-kv.js';

/** Where a magic packet goes: out of the interface with `local`, to everybody on its network. */
export type Sending = { mac: string; interface: string; local: string; broadcast: string };

const REPEATS = 16;

/** Six times 0xff, then the address of the card sixteen times. */
export function magicPacket(mac: string): Buffer {
  const address = Buffer.from(mac.replaceAll(':', ''), 'hex');
  if (address.length !== 6) throw new RangeError(`${mac} is no address of a network card`);
  return Buffer.concat([Buffer.alloc(6, 0xff), ...Array.from({ length: REPEATS }, () => address)]);
}

/**
 * Which of this node's interfaces reach which card of the sleeping one: those that are on its network. None where the two share
 * no network, for a magic packet does not cross a router.
 */
export function sendings(own: readonly NodeInterface[], sleeping: readonly NodeInterface[]): Sending[] {
  return sleeping.flatMap(({ mac, cidr }) => {
    const target = parse(cidr);
    return own.flatMap((one) => {
      const from = parse(one.cidr);
      if (target === undefined || from === undefined || one.mac.toLowerCase() === mac.toLowerCase()) return [];
      if (network(target.address, from.bits) !== network(from.address, from.bits)) return [];
      const broadcast = text((from.address | ~mask(from.bits)) >>> 0);
      return [{ mac, interface: one.name, local: text(from.address), broadcast }];
    });
  });
}

function parse(cidr: string): { address: number; bits: number } | undefined {
  const [, a, b, c, d, bits] = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr)?.map(Number) ?? [];
  if (a === undefined || b === undefined || c === undefined || d === undefined || bits === undefined) return undefined;
  return bits > 30 ? undefined : { address: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, bits };
}

const mask = (bits: number): number => (bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0);
const network = (address: number, bits: number): number => (address & mask(bits)) >>> 0;
const text = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 0xff).join('.');
