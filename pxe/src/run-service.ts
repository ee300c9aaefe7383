import { readFile } from 'node:fs/promises';
import { Consul, consulFromEnv } from '@twin/hashi/consul.js';
import pino from 'pino';
import { ARCHIVE, SERVER, usage, type Values } from './arguments.js';
import { PxeError } from './errors.js';
import { openImages } from './images.js';
import { authorizedKeys } from './install-config.js';
import { openService } from './service.js';

/** Serves until SIGINT or SIGTERM. In Consul, if the environment names one (CONSUL_HTTP_ADDR). */
export async function runService(values: Values): Promise<void> {
  const { state, images, keys, listen = '', server, controller, archive } = values;
  const { 'join-spool': spool, 'join-progress': progress } = values;
  const [, host, port] = /^\[?([\w.:]+?)\]?:(\d{1,5})$/.exec(listen) ?? [];
  if (!images || !keys || !host || !port) throw usage('serve needs --images, --keys and --listen.');
  if (server !== undefined && !SERVER.test(server)) throw usage('--server is like http://10.0.0.1:8080.');
  if (archive !== undefined && !ARCHIVE.test(archive)) throw usage('--archive is like http://archive.home/debian.');
  if (!spool !== !progress) throw usage('--join-spool and --join-progress go together.');
  const log = pino();
  const known = authorizedKeys(await readFile(keys, 'utf8'));
  if (known.length === 0) {
    throw new PxeError('TWIN_PXE_KEYS', `${keys} has no public key.`, {
      next: 'Without one nobody reaches an installed machine: make one with ssh-keygen.',
    });
  }
  const consul = process.env.CONSUL_HTTP_ADDR ? new Consul(consulFromEnv(process.env)) : undefined;
  const service = await openService({
    ...{ state, host, controller, consul, authorizedKeys: known, port: Number(port), tlsPort: Number(port) + 1 },
    images: await openImages(images, archive),
    server: server ?? `http://${listen}`,
    join: spool && progress ? { spool, progress } : undefined,
    say: (said) => log.info(said, said.what),
    failed: (error) => log.error({ error: error instanceof Error ? error.message : error }, 'something failed'),
  });
  log.info({ port: service.port, tlsPort: service.tlsPort }, 'machines can boot');
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
  });
  await service.close();
  await consul?.close();
}
