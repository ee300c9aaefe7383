import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';

export type Interface = {
  name: string;
  /** A bridge or bond that it is a port of: packets come in by that one as well. */
  hasMaster: boolean;
  /** A VLAN of another interface, where its packets were seen already. */
  isVlan: boolean;
};

/** Those on which every packet that comes in is seen once. */
export const seenOnce = (interfaces: readonly Interface[]): string[] =>
  interfaces
    .filter(({ hasMaster, isVlan }) => !hasMaster && !isVlan)
    .map(({ name }) => name)
    .sort();

/** The interfaces of this network to look at. */
export async function watchedInterfaces(folder = '/sys/class/net'): Promise<string[]> {
  const found: Interface[] = [];
  for (const name of await readdir(folder)) {
    try {
      const entries = await readdir(join(folder, name));
      const about = await readFile(join(folder, name, 'uevent'), 'utf8');
      found.push({ name, hasMaster: entries.includes('master'), isVlan: /^DEVTYPE=vlan$/m.test(about) });
    } catch {
      // Gone while it was looked at, or a file such as bonding_masters.
    }
  }
  return seenOnce(found);
}
