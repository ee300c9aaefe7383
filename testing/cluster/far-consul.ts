import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { part } from '../parts/parts.js';
import type { FarNetwork } from './far-network.js';
import type { Head } from './llama-servers.js';
import { startProcess, stopProcess } from './server-process.js';
import type { Servers } from './servers.js';
import { until } from './until.js';

const SERF_PORT = 8301;

/** The Consul agent of a node over there, which watches over a head of that node. */
export type FarConsul = { pid: number; folder: string; close(): Promise<void> };

/** Starts the agent and returns when its node and the head pass in Consul. */
export async function startFarConsul(servers: Servers, network: FarNetwork, head: Head): Promise<FarConsul> {
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'twin-far-')));
  const { service, address, port, meta } = head.instance('main');
  const config = {
    node_name: 'far',
    datacenter: 'dc1',
    data_dir: join(folder, 'consul'),
    bind_addr: network.there,
    client_addr: '127.0.0.1',
    retry_join: [`${network.here}:${servers.state.ports.consulSerf}`],
    disable_update_check: true,
    disable_host_node_id: true,
    ports: { http: 8500, serf_lan: SERF_PORT, serf_wan: -1, dns: -1, grpc: -1, grpc_tls: -1 },
    services: [
      {
        id: 'far-head',
        name: service,
        address,
        port,
        meta,
        checks: [{ http: `http://${address}:${port}/health`, interval: '1s', timeout: '1s' }],
      },
    ],
  };
  const file = join(folder, 'consul.json');
  await writeFile(file, JSON.stringify(config), { mode: 0o600 });
  const pid = await startProcess({
    name: 'consul over there',
    command: [...network.inside, part('consul'), 'agent', '-config-file', file],
    cwd: folder,
    logFile: join(folder, 'consul.log'),
    ready: () => farPasses(servers),
    patienceMs: 60_000,
    detached: false,
  });
  return {
    pid,
    folder,
    async close() {
      await stopProcess(pid);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Whether the far node's head passes, its node included, as Consul's server sees it. */
async function farPasses({ consul }: Servers): Promise<boolean> {
  const answer = await fetch(`${consul}/v1/health/service/llama-api-main?passing=true`);
  const entries = (await answer.json()) as { Node: { Node: string } }[];
  return entries.some(({ Node }) => Node.Node === 'far');
}

/** Resolves when Consul's server has noticed that the far node is gone, or is back. */
export function farIs(servers: Servers, there: boolean): Promise<boolean> {
  const what = there ? 'The return of the far node' : 'The loss of the far node';
  return until(what, async () => (await farPasses(servers)) === there, { patienceMs: 120_000 });
}
