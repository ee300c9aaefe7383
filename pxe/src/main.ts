import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import pino from 'pino';
import { ask } from './control.js';
import type { DhcpMode } from './dnsmasq.js';
import { PxeError } from './errors.js';
import { openImages } from './images.js';
import { authorizedKeys } from './install-config.js';
import { parseMac } from './mac.js';
import { writeNetworkFiles } from './network-files.js';
import { openService, socketOf } from './service.js';

const USAGE = `Usage: node pxe/dist/main.js COMMAND [--state FOLDER]
  serve --images FOLDER --keys FILE --listen ADDRESS:PORT [--server URL]   what machines boot from
  network --images FOLDER --out FOLDER --interface NAME --server URL (--proxy SUBNET | --range FIRST,LAST --gateway ADDRESS)
                                                      writes dnsmasq.conf and its TFTP folder
  allow MAC --name NAME --disk DEVICE|auto [--wipe]   install this machine at its next start from the network
  revoke MAC                                          send it to its disk
  list                                                all machines and how far they are
`;

const OPTIONS = {
  state: { type: 'string', default: '/var/lib/twin-pxe' },
  images: { type: 'string' },
  keys: { type: 'string' },
  listen: { type: 'string' },
  server: { type: 'string' },
  out: { type: 'string' },
  interface: { type: 'string' },
  proxy: { type: 'string' },
  range: { type: 'string' },
  gateway: { type: 'string' },
  name: { type: 'string' },
  disk: { type: 'string' },
  wipe: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;

const SERVER = /^https?:\/\/[\w.:[\]-]+$/;

const usage = (message: string, cause?: unknown): PxeError =>
  new PxeError('TWIN_PXE_USAGE', message, { next: 'See node pxe/dist/main.js --help.', cause });

function readArguments() {
  try {
    return parseArgs({ options: OPTIONS, allowPositionals: true });
  } catch (cause) {
    throw usage((cause as Error).message, cause);
  }
}

async function runService(values: ReturnType<typeof readArguments>['values']): Promise<void> {
  const { state, images, keys, listen = '', server } = values;
  const [, host, port] = /^\[?([\w.:]+?)\]?:(\d{1,5})$/.exec(listen) ?? [];
  if (!images || !keys || !host || !port) throw usage('serve needs --images, --keys and --listen.');
  if (server !== undefined && !SERVER.test(server)) throw usage('--server is like http://10.0.0.1:8080.');
  const log = pino();
  const known = authorizedKeys(await readFile(keys, 'utf8'));
  if (known.length === 0) {
    throw new PxeError('TWIN_PXE_KEYS', `${keys} has no public key.`, {
      next: 'Without one nobody reaches an installed machine: make one with ssh-keygen.',
    });
  }
  const service = await openService({
    state,
    images: await openImages(images),
    host,
    port: Number(port),
    server: server ?? `http://${listen}`,
    authorizedKeys: known,
    say: (said) => log.info(said, said.what),
    failed: (error) => log.error({ error }, 'an answer failed'),
  });
  log.info({ port: service.port }, 'machines can boot');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await service.close();
}

type Values = ReturnType<typeof readArguments>['values'];
const ADDRESS = /^\d{1,3}(\.\d{1,3}){3}$/;

/** @throws PxeError `TWIN_PXE_USAGE` */
function dhcpMode({ proxy = '', range = '', gateway = '' }: Values): DhcpMode {
  if (ADDRESS.test(proxy)) return { mode: 'proxy', subnet: proxy };
  const [first = '', last = ''] = range.split(',');
  if ([first, last, gateway].every((address) => ADDRESS.test(address))) return { mode: 'full', first, last, gateway };
  throw usage('network needs --proxy SUBNET, or --range FIRST,LAST and --gateway.');
}

async function writeNetwork(values: Values): Promise<string> {
  const { images, out, interface: name, server } = values;
  if (!images || !out || !name || !/^[\w.-]{1,15}$/.test(name) || !server || !SERVER.test(server)) {
    throw usage('network needs --images, --out, --interface and --server.');
  }
  return writeNetworkFiles(out, { images, interface: name, server, ...dhcpMode(values) });
}

async function main(): Promise<void> {
  const { values, positionals } = readArguments();
  const [command, mac = ''] = positionals;
  const socket = socketOf(values.state);
  const print = (value: unknown): void => void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
  if (values.help || command === undefined) process.stdout.write(USAGE);
  else if (command === 'serve') await runService(values);
  else if (command === 'network') process.stdout.write(`${await writeNetwork(values)}\n`);
  else if (command === 'list') print(await ask(socket, 'GET', '/machines'));
  else if (command === 'revoke') print(await ask(socket, 'POST', `/revoke?mac=${parseMac(mac)}`));
  else if (command === 'allow') {
    const { name, disk, wipe } = values;
    if (!name || !disk) throw usage('allow needs --name and --disk.');
    print(await ask(socket, 'POST', `/allow?mac=${parseMac(mac)}`, { name, disk, wipe }));
  } else throw usage(`There is no command '${command}'.`);
}

try {
  await main();
} catch (error) {
  const known = error instanceof PxeError ? `${error.code}: ${error.message}\n${error.next}\n` : `${String(error)}\n`;
  process.stderr.write(known);
  process.exitCode = 1;
}
