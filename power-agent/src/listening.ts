import { readFile } from 'node:fs/promises';

const LISTEN = '0A';

/** TCP ports that somebody of this network listens on. */
export async function listeningPorts(folder = '/proc/self/net'): Promise<Set<number>> {
  const tables = await Promise.all(
    ['tcp', 'tcp6'].map((name) => readFile(`${folder}/${name}`, 'utf8').catch(() => '')),
  );
  return listeners(tables.join('\n'));
}

/** Out of the kernel's tables of TCP sockets. */
export function listeners(table: string): Set<number> {
  const ports = new Set<number>();
  for (const [, port = '', state] of table.matchAll(
    /^ *\d+: [0-9A-F]+:([0-9A-F]{4}) [0-9A-F]+:[0-9A-F]{4} ([0-9A-F]{2}) /gm,
  ))
    if (state === LISTEN) ports.add(Number.parseInt(port, 16));
  return ports;
}
