import { copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { autoexecScript, type DhcpMode, dnsmasqConfig } from './dnsmasq.js';

const LOADERS = ['undionly.kpxe', 'ipxe-amd64.efi'];

/** Writes `dnsmasq.conf` and the folder `tftp` with the loaders; returns the path of the configuration. */
export async function writeNetworkFiles(
  folder: string,
  { images, ...options }: DhcpMode & { images: string; interface: string; server: string },
): Promise<string> {
  const tftpRoot = join(resolve(folder), 'tftp');
  await mkdir(tftpRoot, { recursive: true });
  for (const loader of LOADERS) await copyFile(join(images, loader), join(tftpRoot, loader));
  await writeFile(join(tftpRoot, 'autoexec.ipxe'), autoexecScript(options.server));
  const file = join(resolve(folder), 'dnsmasq.conf');
  await writeFile(file, dnsmasqConfig({ ...options, tftpRoot }));
  return file;
}
