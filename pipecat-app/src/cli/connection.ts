import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Command } from 'commander';
import { z } from 'zod';
import { type Config, readConfig } from '../config.js';
import { TwinError } from '../errors.js';

/** Where the agent is and what opens its doors. */
export type Connection = { endpoint: string; key?: string; ca?: string };

/** `<TWIN_HOME>/cli.json`: the agent that this person uses when nothing else is said. */
const savedConnection = z.strictObject({
  endpoint: z.url({ protocol: /^https?$/ }).optional(),
  key: z.string().optional(),
  ca: z.string().optional(),
});

const HERE = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])$/;

/**
 * From `--endpoint`, `--key` and `--ca`, else `TWIN_ENDPOINT`, `TWIN_KEY` and `TWIN_CA`, else `cli.json`, else the agent
 * of this machine. The admin key in the agent's folder is sent to this machine only, the key of `cli.json` only to its
 * own endpoint.
 * @throws TwinError `TWIN_USAGE`, `TWIN_CONFIG`
 */
export async function connectionOf(command: Command, env: NodeJS.ProcessEnv = process.env): Promise<Connection> {
  const flags = command.optsWithGlobals<{ endpoint?: string; key?: string; ca?: string }>();
  const config = readConfig(env);
  const saved = await readSaved(join(config.TWIN_HOME, 'cli.json'));
  const here = ownAddress(config);
  const endpoint = flags.endpoint ?? env.TWIN_ENDPOINT ?? saved.endpoint ?? here;
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new TwinError('TWIN_USAGE', `"${endpoint}" is no address.`, { next: 'Use one like http://localhost:8000.' });
  }
  const savedKey = endpoint === (saved.endpoint ?? here) ? saved.key : undefined;
  const local = endpoint === here || HERE.test(new URL(endpoint).hostname);
  const ownKey = local ? () => optional(join(config.TWIN_HOME, 'admin.key')) : () => undefined;
  const key = flags.key ?? env.TWIN_KEY ?? savedKey ?? (await ownKey());
  const ca = await optional(flags.ca ?? env.TWIN_CA ?? saved.ca ?? join(config.TWIN_HOME, 'tls', 'ca.pem'));
  return { endpoint, ...(key && { key }), ...(ca && { ca }) };
}

/** The address of the agent that these settings would start. */
function ownAddress({ TWIN_HOST, TWIN_PORT, TWIN_TLS_CERT }: Config): string {
  const wildcard = /^(0\.0\.0\.0|::|localhost)$/.test(TWIN_HOST);
  const host = wildcard ? '127.0.0.1' : TWIN_HOST.includes(':') ? `[${TWIN_HOST}]` : TWIN_HOST;
  return `${TWIN_TLS_CERT === '' ? 'http' : 'https'}://${host}:${TWIN_PORT}`;
}

async function readSaved(file: string): Promise<z.infer<typeof savedConnection>> {
  const text = await optional(file);
  if (text === undefined) return {};
  try {
    return savedConnection.parse(JSON.parse(text));
  } catch (cause) {
    const next = 'It holds {"endpoint": "…", "key": "…"}; correct or delete it.';
    throw new TwinError('TWIN_CONFIG', `${file} cannot be used.`, { next, cause });
  }
}

const optional = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
