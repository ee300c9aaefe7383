import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open } from 'node:fs/promises';
import type { Readable, Writable } from 'node:stream';
import { TwinError } from '@twin/pipecat-app/errors.js';
import type { Cgroup } from './cgroup.js';
import { packageCache, program } from './lab-folders.js';
import type { LabNetwork } from './lab-network.js';
import type { Route } from './proxy-routes.js';

/** What the process of the proxy reads. */
export type ProxySettings = { routes: Route[]; inside: readonly string[]; cache: string; mostBytes: number };

/** What is kept of packages, at most: a whole first bootstrap takes about 2 GB. */
const MOST_BYTES = 12 * 2 ** 30;

/**
 * Starts a lab's package proxy in its control group, and returns when it listens. It outlives this process.
 * @throws TwinError `TWIN_LAB_PROXY` when it ends before
 */
export async function startProxy(options: {
  routes: Route[];
  network: LabNetwork;
  group: Cgroup;
  logFile: string;
}): Promise<void> {
  const { routes, network, group, logFile } = options;
  await group.make();
  const log = await open(logFile, 'a', 0o600);
  const [command = '', ...args] = group.start([process.execPath, program('proxy')]);
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', log.fd], detached: true });
  await log.close();
  const settings: ProxySettings = { routes, inside: network.inside, cache: packageCache(), mostBytes: MOST_BYTES };
  const [stdin, stdout] = [child.stdin as Writable, child.stdout as Readable];
  stdin.on('error', () => undefined).end(JSON.stringify(settings));
  try {
    await Promise.race([
      once(stdout, 'data'),
      once(child, 'close').then(([code]) => {
        throw new TwinError('TWIN_LAB_PROXY', `The package proxy ended with code ${code}.`, {
          next: `Read ${logFile}.`,
        });
      }),
    ]);
  } finally {
    stdout.destroy();
    child.unref();
  }
}
