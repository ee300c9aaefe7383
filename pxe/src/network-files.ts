import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { autoexecScript, type DhcpMode, dnsmasqConfig } from './dnsmasq.js';

const LOADERS = ['undionly.kpxe', 'ipxe-amd64.efi'];

/** Writes `dnsmasq.conf` and the folder `tftp` with the loaders, where they are not so already. */
export async function writeNetworkFiles(
  folder: string,
  { images, ...options }: DhcpMode & { images: string; interface: string; server: string },
): Promise<{ file: string; changed: boolean }> {
  const tftpRoot = join(resolve(folder), 'tftp');
  await mkdir(tftpRoot, { recursive: true });
  const file = join(resolve(folder), 'dnsmasq.conf');
  const changes: boolean[] = [];
  for (const loader of LOADERS) changes.push(await put(join(tftpRoot, loader), await readFile(join(images, loader))));
  changes.push(await put(join(tftpRoot, 'autoexec.ipxe'), Buffer.from(autoexecScript(options.server))));
  changes.push(await put(file, Buffer.from(dnsmasqConfig({ ...options, tftpRoot }))));
  return { file, changed: changes.includes(true) };
}

/** Whether it was something else before. */
async function put(path: string, content: Buffer): Promise<boolean> {
  const before = await readFile(path).catch(() => undefined);
  if (before?.equals(content)) return false;
  await writeFile(path, content, { mode: 0o644 });
  return true;
}
