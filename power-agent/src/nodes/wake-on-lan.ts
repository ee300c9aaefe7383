import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { networkInterfaces } from 'node:os';
import type { NodeInterface } from '@twin/hashi/power/node-kv.js';
import { magicPacket, type Sending } from './magic-packet.js';

/** The discard port; cards look at the payload only. */
const PORT = 9;

/** IPv4 interfaces of this node that others can reach. */
export function ownInterfaces(): NodeInterface[] {
  return Object.entries(networkInterfaces()).flatMap(([name, addresses = []]) =>
    addresses.flatMap(({ family, internal, mac, cidr }) =>
      family === 'IPv4' && !internal && cidr !== null ? [{ name, mac, cidr }] : [],
    ),
  );
}

/** Sends one magic packet. Throws what the socket throws. */
export async function sendMagicPacket({ mac, local, broadcast }: Sending): Promise<void> {
  const socket = createSocket('udp4');
  try {
    socket.bind({ address: local, port: 0 });
    await once(socket, 'listening');
    socket.setBroadcast(true);
    await new Promise<void>((resolve, reject) => {
      socket.send(magicPacket(mac), PORT, broadcast, (error) => (error ? reject(error) : resolve()));
    });
  } finally {
    socket.close();
  }
}

/** Every address of this node. */
export function ownAddresses(): ReadonlySet<string> {
  return new Set(Object.values(networkInterfaces()).flatMap((all = []) => all.map(({ address }) => address)));
}
