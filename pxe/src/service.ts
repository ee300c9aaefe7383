import { chmod, mkdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BootMachine } from '@twin/hashi/boot/boot-kv.js';
import type { Consul } from '@twin/hashi/consul.js';
import { closeServer, listen, serve } from './answer.js';
import { bootRoutes, type Said } from './boot-routes.js';
import { ownCertificate } from './certificate.js';
import { ConsulDesk } from './consul-desk.js';
import { ask } from './control.js';
import { controlRoutes } from './control-routes.js';
import { PxeError } from './errors.js';
import { firstBoot } from './first-boot.js';
import type { Images } from './images.js';
import { Joiner } from './joiner.js';
import { LiveLog } from './live-log.js';
import { parseMac } from './mac.js';
import { machineView } from './machine-view.js';
import { Machines } from './machines.js';
import { obeyWith } from './orders.js';
import { registerRoutes } from './register-routes.js';

export const socketOf = (state: string): string => join(state, 'control.sock');

export type Service = { port: number; tlsPort: number; close(): Promise<void> };

export type ServiceOptions = {
  /** Folder of the journal, the socket and the certificate. */
  state: string;
  images: Images;
  host: string;
  port: number;
  /** Where installed machines register, over TLS. */
  tlsPort: number;
  /** The address of this service as machines reach it. */
  server: string;
  authorizedKeys: readonly string[];
  /** From where an installed machine lets the keys in; left out: from `host`. */
  controller?: string | undefined;
  /** Left out: machines are installed and not taken into a cluster. */
  join?: { spool: string; progress: string } | undefined;
  consul?: Pick<Consul, 'kv'> | undefined;
  say: (said: Said) => void;
  failed: (error: unknown) => void;
};

/**
 * Serves machines on `host`:`port`, those that are installed on `tlsPort`, and the operator's commands on a socket in the folder `state`.
 * @throws PxeError `TWIN_PXE_RUNNING` where another service has the folder, `TWIN_PXE_PORT`, `TWIN_PXE_JOURNAL`, `TWIN_PXE_CERTIFICATE`
 */
export async function openService(options: ServiceOptions): Promise<Service> {
  const { state, host, port, tlsPort, server, images, authorizedKeys, failed } = options;
  await mkdir(state, { recursive: true, mode: 0o700 });
  const socket = socketOf(state);
  if (await answers(socket)) {
    throw new PxeError('TWIN_PXE_RUNNING', `Another network boot service already works in ${state}.`, {
      next: 'There is one writer of the journal: stop the other service, or name another folder by --state.',
    });
  }
  // Of a service that was killed.
  await rm(socket, { force: true });
  const reached = new URL(server).hostname.replace(/^\[|\]$/g, '');
  const certificate = await ownCertificate(state, reached);
  const log = new LiveLog();
  const say = (said: Said): void => {
    if (said.mac) log.add(parseMac(said.mac), said.line ? `${said.what}: ${said.line}` : said.what, Date.now());
    options.say(said);
  };
  const machines = new Machines(join(state, 'journal.jsonl'));
  const views = (): BootMachine[] =>
    machines.list().map((machine) => machineView(machine, machines.changedAt(machine.mac), log.of(machine.mac)));
  const joiner = options.join && new Joiner({ ...options.join, machines, say, failed });
  const obey = obeyWith(machines, joiner);
  const control = serve(controlRoutes(views, obey), failed);
  const secure = serve(
    registerRoutes({
      ...{ machines, authorizedKeys, say, controller: options.controller ?? reached },
      ready: (machine) => joiner?.ask(machine),
    }),
    failed,
    certificate,
  );
  // The port is known once it listens; nobody can ask before.
  const register = { url: '', cert: certificate.cert };
  const door = serve(bootRoutes({ machines, images, server, register, firstBoot: await firstBoot(), say }), failed);
  let desk: ConsulDesk | undefined;
  const close = async (): Promise<void> => {
    await Promise.all([closeServer(door), closeServer(secure), closeServer(control), desk?.close(), joiner?.close()]);
    machines.close();
  };
  try {
    await listen(control, { path: socket });
    await chmod(socket, 0o600);
    await listen(secure, { host, port: tlsPort });
    register.url = `https://${new URL(server).hostname}:${(secure.address() as AddressInfo).port}`;
    await listen(door, { host, port });
  } catch (cause) {
    await close();
    throw new PxeError('TWIN_PXE_PORT', `Nothing can be served at ${host}:${port} and ${host}:${tlsPort}.`, {
      next: 'Name an address of this machine and a free port by --listen; the one after it must be free, too.',
      cause,
    });
  }
  if (options.consul) desk = new ConsulDesk({ consul: options.consul, machines: views, obey, failed });
  return { port: (door.address() as AddressInfo).port, tlsPort: (secure.address() as AddressInfo).port, close };
}

const answers = (socket: string): Promise<boolean> =>
  ask(socket, 'GET', '/machines').then(
    () => true,
    () => false,
  );
