import { once } from 'node:events';
import { createServer, type Server } from 'node:net';

/**
 * As many free TCP ports of the loopback address as asked for, all different.
 * @param wanted taken first where they are free
 */
export async function freePorts(count: number, wanted: readonly number[] = []): Promise<number[]> {
  // All are held at once: a port that was let go might be given out again.
  const held: Server[] = [];
  try {
    for (let i = 0; i < count; i++) held.push((await hold(wanted[i] ?? 0)) ?? ((await hold(0)) as Server));
    return held.map((server) => (server.address() as { port: number }).port);
  } finally {
    await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
  }
}

async function hold(port: number): Promise<Server | undefined> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
    return server;
  } catch {
    return undefined;
  }
}
