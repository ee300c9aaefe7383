import { parseArgs } from 'node:util';
import type { DhcpMode } from './dnsmasq.js';
import { PxeError } from './errors.js';

export const USAGE = `Usage: twin nodes COMMAND   or   node pxe/dist/main.js COMMAND [--state FOLDER]
  list [--json]                                       all machines and how far they are
  log MAC                                             the newest lines of one of them
  allow MAC --name NAME --disk DEVICE|auto [--wipe] [--installer]
                                                      install this machine at its next start from the network, by our image,
                                                      or by Debian's own installer and archive (slower)
  revoke MAC                                          send it to its disk
  join MAC                                            take an installed machine into the cluster once more
For a controller that was not set up by the role pxe_server:
  serve --images FOLDER --keys FILE --listen ADDRESS:PORT [--server URL] [--controller ADDRESS] [--archive URL]
        [--join-spool FOLDER --join-progress FOLDER]   what machines boot from; the port after it takes registrations over TLS
  network --images FOLDER --out FOLDER --interface NAME --server URL (--proxy SUBNET | --range FIRST,LAST --gateway ADDRESS)
                                                      writes dnsmasq.conf and its TFTP folder
`;

const OPTIONS = {
  state: { type: 'string', default: '/var/lib/twin-boot/state' },
  images: { type: 'string' },
  keys: { type: 'string' },
  listen: { type: 'string' },
  server: { type: 'string' },
  controller: { type: 'string' },
  archive: { type: 'string' },
  'join-spool': { type: 'string' },
  'join-progress': { type: 'string' },
  out: { type: 'string' },
  interface: { type: 'string' },
  proxy: { type: 'string' },
  range: { type: 'string' },
  gateway: { type: 'string' },
  name: { type: 'string' },
  disk: { type: 'string' },
  wipe: { type: 'boolean', default: false },
  installer: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

export type Values = ReturnType<typeof readArguments>['values'];

export const usage = (message: string, cause?: unknown): PxeError =>
  new PxeError('TWIN_PXE_USAGE', message, { next: 'See twin nodes --help.', cause });

/** @throws PxeError `TWIN_PXE_USAGE` */
export function readArguments(words: string[] = process.argv.slice(2)) {
  try {
    return parseArgs({ args: words, options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw usage((cause as Error).message, cause);
  }
}

const ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$/;
/** As apt writes it. */
export const ARCHIVE = /^https?:\/\/[\w.:[\]-]+(\/[\w.~-]+)*\/?$/;
export const SERVER = /^https?:\/\/[\w.:[\]-]+$/;

/** @throws PxeError `TWIN_PXE_USAGE` */
export function dhcpMode({ proxy = '', range = '', gateway = '' }: Values): DhcpMode {
  if (ADDRESS.test(proxy)) return { mode: 'proxy', subnet: proxy };
  const [first = '', last = ''] = range.split(',');
  if ([first, last, gateway].every((address) => ADDRESS.test(address))) return { mode: 'full', first, last, gateway };
  throw usage('network needs --proxy SUBNET, or --range FIRST,LAST and --gateway.');
}
