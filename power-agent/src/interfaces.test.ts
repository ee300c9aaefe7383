import { expect, test } from 'vitest';
import { seenOnce, watchedInterfaces } from './interfaces.js';

test('ports of a bridge and VLANs are left out: their packets are seen by the bridge and by the interface below', () => {
  const plain = { hasMaster: false, isVlan: false };
  const found = seenOnce([
    { name: 'lo', ...plain },
    { name: 'eth0', ...plain },
    { name: 'eth0.7', ...plain, isVlan: true },
    { name: 'br0', ...plain },
    { name: 'veth1', ...plain, hasMaster: true },
  ]);
  expect(found).toEqual(['br0', 'eth0', 'lo']);
});

test('this machine has a loopback interface', async () => {
  expect(await watchedInterfaces()).toContain('lo');
});
