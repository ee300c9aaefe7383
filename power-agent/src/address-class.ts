import { BlockList, isIPv6 } from 'node:net';
import { OWN_ADDRESS, type SourceClass } from './traffic.js';

/** Class of an address by the prefixes of the cluster's networks. IPv4 inside IPv6 counts as IPv4. */
export function addressClass(address: string, clusterNetworks: readonly string[]): SourceClass {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '').replace(/%.*$/, '');
  if (plain === OWN_ADDRESS) return 'own';
  if (plain === '::1' || plain.startsWith('127.')) return 'loopback';
  const cluster = new BlockList();
  for (const prefix of clusterNetworks) {
    const [network = '', bits = ''] = prefix.split('/');
    cluster.addSubnet(network, Number(bits), isIPv6(network) ? 'ipv6' : 'ipv4');
  }
  return cluster.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4') ? 'cluster' : 'other';
}
