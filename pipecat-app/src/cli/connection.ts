import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { readConfig } from '../config.js';

/** Where the agent is and what opens its doors. */
export type Connection = { endpoint: string; key?: string; ca?: string };

/**
 * From `--endpoint`, `--key` and `--ca`, else `TWIN_ENDPOINT`, `TWIN_KEY` and `TWIN_CA`, else the agent of this
 * machine with the key and the certificate authority that lie in its own folder.
 */
export async function connectionOf(command: Command, env: NodeJS.ProcessEnv = process.env): Promise<Connection> {
  const flags = command.optsWithGlobals<{ endpoint?: string; key?: string; ca?: string }>();
  const config = readConfig(env);
  const scheme = config.TWIN_TLS_CERT === '' ? 'http' : 'https';
  const endpoint = flags.endpoint ?? env.TWIN_ENDPOINT ?? `${scheme}://127.0.0.1:${config.TWIN_PORT}`;
  const key = flags.key ?? env.TWIN_KEY ?? (await optional(join(config.TWIN_HOME, 'admin.key')));
  const ca = await optional(flags.ca ?? env.TWIN_CA ?? join(config.TWIN_HOME, 'tls', 'ca.pem'));
  return { endpoint, ...(key && { key }), ...(ca && { ca }) };
}

const optional = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
