import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { part } from '../parts/parts.js';
import { processesUnder, runsIn, unmountUnder } from './leftovers.js';
import { freePorts } from './ports.js';
import { type ClusterPorts, consulConfig, nomadConfig } from './server-config.js';
import { alive, signalProcess, startProcess, stopProcess } from './server-process.js';
import { stopAllJobs } from './stop-jobs.js';
import { until } from './until.js';

export type ServerName = 'consul' | 'nomad';

export type ServersOptions = {
  /** Where agents of other nodes reach Consul; the loopback address by default. */
  bind?: string;
  /** Which servers; Nomad uses Consul when both are there. */
  only?: ServerName;
  /** Nomad with access control, not yet bootstrapped. */
  acl?: boolean;
  /** Paths that tasks of the exec driver see, besides a shell and the system's libraries. */
  chroot?: readonly string[];
  /** Nomad's host volumes, and their folders. */
  volumes?: Readonly<Record<string, string>>;
  /** Kept state, for a cluster that is started again; by default a new folder below the system's temporary one. */
  folder?: string;
  /** In sessions of their own, to outlive the process that starts them. */
  detached?: boolean;
  /** HTTP ports to take when they are free. */
  wanted?: { consul: number; nomad: number };
  signal?: AbortSignal;
};

/** Real servers on the loopback address. */
export type Servers = {
  /** Addresses as `NOMAD_ADDR` and `CONSUL_HTTP_ADDR` give them, with scheme. */
  nomad: string;
  consul: string;
  /** Everything of this cluster is below it: data, allocations, logs. */
  folder: string;
  /** The environment in which the programs `nomad` and `consul` talk to these servers. */
  env: { NOMAD_ADDR: string; CONSUL_HTTP_ADDR: string };
  pids: Partial<Record<ServerName, number>>;
  /** The id of a server's process, while it runs. */
  running(name: ServerName): number | undefined;
  /** What another process needs to take these servers over with `adoptServers`. */
  state: ServersState;
  /** Ends one server with a signal and leaves its data as they are. */
  stop(name: ServerName, signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>;
  /** Starts one again, with the same ports and data. */
  start(name: ServerName): Promise<void>;
  /** Ends the jobs, the servers and every process below the folder, and removes the folder. */
  close(): Promise<void>;
};

/** What `Servers` is made of; plain data, so that another process can take a cluster over. */
export type ServersState = { folder: string; ports: ClusterPorts; pids: Partial<Record<ServerName, number>> };

/**
 * Starts Consul and Nomad on free ports and returns when both have a leader and the node takes jobs.
 * @throws TwinError `TWIN_PART_MISSING` when they are not built, `TWIN_CLUSTER_SERVER` when one does not start
 */
export async function startServers(options: ServersOptions = {}): Promise<Servers> {
  const names: ServerName[] = options.only ? [options.only] : ['consul', 'nomad'];
  for (const name of names) part(name);
  if (options.folder) await mkdir(options.folder, { recursive: true });
  // Processes are known by the folder they run in, and the kernel names it without symbolic links.
  const folder = await realpath(options.folder ?? (await mkdtemp(join(tmpdir(), 'twin-cluster-'))));
  const [consulHttp, nomadHttp, ...rest] = await freePorts(6, options.wanted && Object.values(options.wanted));
  const [consulServer, consulSerf, nomadRpc, nomadSerf] = rest as [number, number, number, number];
  const ports = { consulHttp, nomadHttp, consulServer, consulSerf, nomadRpc, nomadSerf } as ClusterPorts;
  const servers = adoptServers({ folder, ports, pids: {} }, options);
  try {
    await writeConfigs(folder, ports, options);
    for (const name of names) await servers.start(name);
    return servers;
  } catch (error) {
    await servers.close();
    throw error;
  }
}

/** The same handle for servers that run already, or ran. */
export function adoptServers(
  state: ServersState,
  { acl = false, detached = false, signal }: Pick<ServersOptions, 'acl' | 'detached' | 'signal'> = {},
): Servers {
  const { folder, ports, pids } = state;
  const consul = `http://127.0.0.1:${ports.consulHttp}`;
  const nomad = `http://127.0.0.1:${ports.nomadHttp}`;
  const recipes = {
    consul: {
      command: () => [part('consul'), 'agent', '-config-file', join(folder, 'consul.json')],
      ready: async () => /\d/.test(await text(`${consul}/v1/status/leader`)),
    },
    nomad: {
      command: () => [part('nomad'), 'agent', '-config', join(folder, 'nomad.json')],
      ready: () => nomadReady(nomad, acl),
    },
  } satisfies Record<ServerName, { command: () => [string, ...string[]]; ready: () => Promise<boolean> }>;

  const running = (name: ServerName): number | undefined => {
    const pid = pids[name];
    return pid !== undefined && alive(pid) && runsIn(pid, folder) ? pid : undefined;
  };

  return {
    nomad,
    consul,
    folder,
    pids,
    running,
    state,
    env: { NOMAD_ADDR: nomad, CONSUL_HTTP_ADDR: consul },
    async start(name) {
      if (running(name) !== undefined) return;
      const logFile = join(folder, `${name}.log`);
      const { command, ready } = recipes[name];
      const recipe = { name, command: command(), ready, cwd: folder, logFile, patienceMs: 60_000, detached };
      pids[name] = await startProcess(recipe, signal);
    },
    async stop(name, by = 'SIGTERM') {
      const pid = running(name);
      if (pid !== undefined && by === 'SIGKILL') signalProcess(pid, by);
      if (pid !== undefined) await stopProcess(pid);
      delete pids[name];
    },
    async close() {
      if (running('nomad') !== undefined && !acl) await stopAllJobs(nomad).catch(() => undefined);
      await this.stop('nomad');
      await this.stop('consul');
      await clear(folder);
    },
  };
}

async function writeConfigs(
  folder: string,
  ports: ClusterPorts,
  { acl = false, chroot = [], volumes = {}, bind }: Pick<ServersOptions, 'acl' | 'chroot' | 'volumes' | 'bind'>,
): Promise<void> {
  const write = (name: string, config: object): Promise<void> =>
    writeFile(join(folder, `${name}.json`), JSON.stringify(config, undefined, 2), { mode: 0o600 });
  await write('consul', consulConfig(ports, join(folder, 'consul'), bind));
  await write('nomad', nomadConfig(ports, join(folder, 'nomad'), { acl, chroot, volumes }));
}

/** A task outlives Nomad by design, so whatever still runs out of the folder ends here. */
async function clear(folder: string): Promise<void> {
  for (const pid of await processesUnder(folder)) signalProcess(pid, 'SIGKILL');
  await until('The end of all processes', async () => (await processesUnder(folder)).every((pid) => !alive(pid)));
  await unmountUnder(folder);
  await rm(folder, { recursive: true, force: true });
}

/** A server with a leader, and a client whose node takes jobs. With access control the list of nodes is closed. */
async function nomadReady(address: string, acl: boolean): Promise<boolean> {
  if (!/\d/.test(await text(`${address}/v1/status/leader`))) return false;
  if (acl) return (await text(`${address}/v1/agent/health?type=client`)).includes('"ok":true');
  const nodes = JSON.parse(await text(`${address}/v1/nodes`)) as { Status: string; Drivers: Drivers }[];
  return nodes.some((node) => node.Status === 'ready' && node.Drivers.raw_exec?.Healthy === true);
}

type Drivers = Record<string, { Healthy: boolean } | undefined>;

async function text(url: string): Promise<string> {
  const answer = await fetch(url, { signal: AbortSignal.timeout(2_000) });
  if (!answer.ok) throw new Error(`${url} answers ${answer.status}`);
  return answer.text();
}
