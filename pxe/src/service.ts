import { chmod, mkdir, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { closeServer, listen, serve } from './answer.js';
import { type BootParts, bootRoutes } from './boot-routes.js';
import { ask } from './control.js';
import { controlRoutes } from './control-routes.js';
import { PxeError } from './errors.js';
import { Machines } from './machines.js';

export const socketOf = (state: string): string => join(state, 'control.sock');

export type Service = { port: number; close(): Promise<void> };

/**
 * Serves machines on `host`:`port` and the operator's commands on a socket in the folder `state`.
 * @throws PxeError `TWIN_PXE_RUNNING` where another service has the folder, `TWIN_PXE_PORT`, `TWIN_PXE_JOURNAL`
 */
export async function openService(
  options: { state: string; host: string; port: number; failed: (error: unknown) => void } & Omit<
    BootParts,
    'machines'
  >,
): Promise<Service> {
  const { state, host, port, failed, ...parts } = options;
  await mkdir(state, { recursive: true, mode: 0o700 });
  const socket = socketOf(state);
  if (await answers(socket)) {
    throw new PxeError('TWIN_PXE_RUNNING', `Another network boot service already works in ${state}.`, {
      next: 'There is one writer of the journal: stop the other service, or name another folder by --state.',
    });
  }
  // Of a service that was killed.
  await rm(socket, { force: true });
  const machines = new Machines(join(state, 'journal.jsonl'));
  const control = serve(controlRoutes(machines), failed);
  const door = serve(bootRoutes({ ...parts, machines }), failed);
  const close = async (): Promise<void> => {
    await Promise.all([closeServer(door), closeServer(control)]);
    machines.close();
  };
  try {
    await listen(control, { path: socket });
    await chmod(socket, 0o600);
    await listen(door, { host, port });
  } catch (cause) {
    await close();
    throw new PxeError('TWIN_PXE_PORT', `Nothing can be served at ${host}:${port}.`, {
      next: 'Name an address of this machine and a free port by --listen.',
      cause,
    });
  }
  return { port: (door.address() as AddressInfo).port, close };
}

const answers = (socket: string): Promise<boolean> =>
  ask(socket, 'GET', '/machines').then(
    () => true,
    () => false,
  );
