import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { TwinError } from '@twin/pipecat-app/errors.js';
import type { Health } from '@twin/pipecat-app/server/protocol.js';
import { type ChildServer, startServer } from './child-server.js';

/** The repository, seen from the sources and from `dist`. */
export const ROOT = fileURLToPath(
  new URL(import.meta.url.includes('/dist/') ? '../../../' : '../../', import.meta.url),
);

/** How `bootstrap.sh` starts the agent. */
const FLAGS = ['--max-semi-space-size=4'];

/** The agent with scripted engines (`sessions-server.ts`). */
export function startScripted({ env = {} }: { env?: NodeJS.ProcessEnv } = {}): Promise<ChildServer> {
  const script = join(ROOT, 'testing', 'dist', 'bench', 'sessions-server.js');
  return startServer([process.execPath, ...FLAGS, script], env, (line) => {
    const { address, key } = JSON.parse(line) as { address: string; key: string };
    return { endpoint: address, key };
  });
}

export type RealServer = ChildServer & { home: string };

/**
 * The agent as people run it, on a free port with a home of its own; resolves when it is as healthy as `enough` says
 * (every part works, when left out).
 * @param options.wrap what the whole process runs under, for example an emulator
 * @throws TwinError `TWIN_BENCH_SERVER`
 */
export async function startReal(
  options: {
    env?: NodeJS.ProcessEnv;
    /** A TWIN_HOME with something in it; removed at the end like one of its own. */
    home?: string;
    wrap?: string[];
    patienceMs?: number;
    enough?: (health: Health) => boolean;
  } = {},
): Promise<RealServer> {
  const { env = {}, wrap = [], patienceMs = 60_000, enough = ({ status }) => status === 'ok' } = options;
  const home = options.home ?? (await mkdtemp(join(tmpdir(), 'twin-real-')));
  const main = join(ROOT, 'pipecat-app', 'dist', 'main.js');
  const settings = { TWIN_HOME: home, TWIN_PORT: '0', TWIN_HOST: '127.0.0.1', MALLOC_ARENA_MAX: '2', ...env };
  const server = await startServer(
    [...wrap, process.execPath, ...FLAGS, main],
    settings,
    (line) => ready(line, home),
    patienceMs,
  );
  const stop = async (): Promise<void> => {
    await server.stop();
    await rm(home, { recursive: true, force: true });
  };
  try {
    await healthy(server.endpoint, enough, patienceMs);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...server, home, stop };
}

async function ready(line: string, home: string): Promise<{ endpoint: string; key: string } | undefined> {
  const port = /https?:\/\/(?:localhost|127\.0\.0\.1):(\d+)/.exec(line)?.[1];
  if (port === undefined) return undefined;
  return { endpoint: `http://127.0.0.1:${port}`, key: (await readFile(join(home, 'admin.key'), 'utf8')).trim() };
}

/**
 * Asks `/health` until `condition` holds; a connection that breaks counts as "not yet".
 * @throws TwinError `TWIN_BENCH_SERVER` with the last answer.
 */
export async function healthy(
  endpoint: string,
  condition: (health: Health) => boolean,
  patienceMs = 60_000,
): Promise<Health> {
  const until = performance.now() + patienceMs;
  for (;;) {
    const health = await fetch(`${endpoint}/health`)
      .then((response) => response.json() as Promise<Health>)
      .catch((error: Error) => error);
    if (!(health instanceof Error) && condition(health)) return health;
    if (performance.now() > until) {
      const last = health instanceof Error ? String(health.cause ?? health) : JSON.stringify(health);
      throw new TwinError('TWIN_BENCH_SERVER', `The agent did not become ready: ${last}`);
    }
    await delay(250);
  }
}
