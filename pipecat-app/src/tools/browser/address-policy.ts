import { BlockList, isIP, isIPv4 } from 'node:net';
import { TwinError } from '../../errors.js';

/** Ranges that are no public unicast addresses (IANA special-purpose registries). */
const SPECIAL: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Inside of 2000::/3, the only range of public IPv6 addresses: protocols, documentation and tunnels to IPv4. */
const SPECIAL6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const special = new BlockList();
for (const [address, bits] of SPECIAL) special.addSubnet(address, bits, 'ipv4');
for (const [address, bits] of SPECIAL6) special.addSubnet(address, bits, 'ipv6');
const global6 = new BlockList();
global6.addSubnet('2000::', 3, 'ipv6');

/** Whether anyone on the internet may have this address. False for what is no address. */
export function isPublic(address: string): boolean {
  const plain = unmapped(address);
  if (isIP(plain) === 0) return false;
  if (isIPv4(plain)) return !special.check(plain, 'ipv4');
  return global6.check(plain, 'ipv6') && !special.check(plain, 'ipv6');
}

/** An IPv4 address inside of an IPv6 one (`::ffff:7f00:1`) as the IPv4 address that it reaches. */
function unmapped(address: string): string {
  const mapped = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(address);
  if (mapped === null) return address;
  if (mapped[1] !== undefined) return mapped[1];
  const [high, low] = [Number.parseInt(mapped[2] ?? '', 16), Number.parseInt(mapped[3] ?? '', 16)];
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Says whether a connection may be made. */
export type AddressPolicy = (address: string, port: number) => boolean;

/**
 * Public addresses, and the private ones that `allowed` names: `ADDRESS[/BITS][:PORT]`, comma separated, IPv6 with a
 * port in brackets. `TWIN_BROWSER_PRIVATE`
 * @throws TwinError `TWIN_CONFIG`
 */
export function addressPolicy(allowed: string): AddressPolicy {
  const rules = allowed
    .split(',')
    .map((rule) => rule.trim())
    .filter(Boolean)
    .map(parseRule);
  return (address, port) => {
    const plain = unmapped(address);
    const family = isIPv4(plain) ? 'ipv4' : 'ipv6';
    if (isIP(plain) === 0) return false;
    return isPublic(plain) || rules.some((rule) => (rule.port ?? port) === port && rule.list.check(plain, family));
  };
}

function parseRule(rule: string): { list: BlockList; port: number | undefined } {
  const parts =
    /^\[(?<address>[0-9a-f:.]+)(?:\/(?<bits>\d+))?\](?::(?<port>\d+))?$/i.exec(rule)?.groups ??
    /^(?<address>[\d.]+)(?:\/(?<bits>\d+))?(?::(?<port>\d+))?$/.exec(rule)?.groups ??
    /^(?<address>[0-9a-f:]+)(?:\/(?<bits>\d+))?$/i.exec(rule)?.groups ??
    {};
  const { address = '', bits, port } = parts;
  const family = isIP(address);
  const most = family === 4 ? 32 : 128;
  const width = bits === undefined ? most : Number(bits);
  if (family === 0 || width > most || Number(port ?? 1) > 65_535)
    throw new TwinError('TWIN_CONFIG', `TWIN_BROWSER_PRIVATE has something that is no address: ${rule}.`, {
      next: 'Write addresses such as 192.168.1.4, 10.0.0.0/24 or 127.0.0.1:8080, with commas between.',
    });
  const list = new BlockList();
  list.addSubnet(address, width, family === 4 ? 'ipv4' : 'ipv6');
  return { list, port: port === undefined ? undefined : Number(port) };
}
