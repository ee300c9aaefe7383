import { z } from 'zod';
import { notFound, type Route } from './answer.js';
import { readBody } from './bodies.js';
import { DISK, HOST_NAME } from './entry.js';
import { PxeError } from './errors.js';
import { parseMac } from './mac.js';
import type { Machines } from './machines.js';

const plan = z.object({
  name: z.string().regex(HOST_NAME, 'a name has small letters, digits and hyphens'),
  disk: z.string().regex(DISK, 'a disk is /dev/sda, /dev/vda, /dev/nvme0n1 or the like, or auto'),
  wipe: z.boolean(),
});

/** What the operator's commands ask over a socket that only the service's own user can open. */
export function controlRoutes(machines: Machines): Route {
  return async (request, url) => {
    const answer = (value: unknown) => ({ text: JSON.stringify(value), type: 'application/json' });
    if (request.method === 'GET' && url.pathname === '/machines') {
      return answer(machines.list().map(({ token: _, registerHash: __, ...shown }) => shown));
    }
    if (request.method !== 'POST') throw notFound();
    const mac = parseMac(url.searchParams.get('mac') ?? '');
    if (url.pathname === '/revoke') return answer({ phase: machines.revoke(mac).phase });
    if (url.pathname !== '/allow') throw notFound();
    const read = plan.safeParse(await readBody(request).then(JSON.parse));
    if (read.success) return answer({ phase: machines.allow(mac, read.data).phase });
    throw new PxeError('TWIN_PXE_PLAN', `This cannot be installed: ${read.error.issues[0]?.message}.`, {
      next: 'Give --name worker1 --disk /dev/sda; add --wipe where its data may go.',
    });
  };
}
