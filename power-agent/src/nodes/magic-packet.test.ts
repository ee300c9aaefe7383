import { expect, test } from 'vitest';
import { magicPacket, sendings } from './magic-packet.js';

test('a magic packet has 102 bytes: six of 0xff and the address sixteen times', () => {
  const packet = magicPacket('02:00:5e:10:00:07');
  expect(packet).toHaveLength(102);
  expect(packet.toString('hex')).toBe('ff'.repeat(6) + '02005e100007'.repeat(16));
  expect(() => magicPacket('02:00')).toThrow('no address');
});

const own = [
  { name: 'br1', mac: '02:00:00:00:00:01', cidr: '10.1.0.1/24' },
  { name: 'br2', mac: '02:00:00:00:00:02', cidr: '192.168.7.1/22' },
];

test('it goes out of the interface that is on the sleeping node’s network, to that network', () => {
  const sleeping = [{ name: 'eth0', mac: '02:00:00:00:00:09', cidr: '192.168.5.9/22' }];
  expect(sendings(own, sleeping)).toEqual([
    { mac: '02:00:00:00:00:09', interface: 'br2', local: '192.168.7.1', broadcast: '192.168.7.255' },
  ]);
});

test('nothing is sent where no network is shared, and nothing to the sender itself', () => {
  expect(sendings(own, [{ name: 'eth0', mac: '02:00:00:00:00:09', cidr: '10.2.0.9/24' }])).toEqual([]);
  expect(sendings(own, own)).toEqual([]);
  expect(sendings(own, [{ name: 'eth0', mac: '02:00:00:00:00:09', cidr: 'fe80::1/64' }])).toEqual([]);
});
