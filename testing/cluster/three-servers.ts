import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { part } from '../parts/parts.js';
import { processesUnder, unmountUnder } from './leftovers.js';
import { freePorts } from './ports.js';
import { type ClusterPorts, consulConfig, nomadConfig } from './server-config.js';
import { alive, signalProcess, startProcess, stopProcess } from './server-process.js';
import type { ServerName } from './servers.js';
import { stopAllJobs } from './stop-jobs.js';
import { until } from './until.js';

const COUNT = 3;

/**
 * Three servers each of Consul and Nomad on the loopback address, so that a leader can go. The first has the client that jobs run
 * on, and is the one that everybody talks to.
 */
export class ThreeServers {
  readonly #pids = new Map<string, number>();

  private constructor(
    readonly folder: string,
    private readonly ports: readonly ClusterPorts[],
  ) {}

  static async start(): Promise<ThreeServers> {
    const folder = await realpath(await mkdtemp(join(tmpdir(), 'twin-cluster-')));
    const all = await freePorts(6 * COUNT);
    const names = ['consulHttp', 'consulServer', 'consulSerf', 'nomadHttp', 'nomadRpc', 'nomadSerf'] as const;
    const ports = Array.from({ length: COUNT }, (_, i) => {
      return Object.fromEntries(names.map((name, j) => [name, all[i * names.length + j]])) as ClusterPorts;
    });
    const servers = new ThreeServers(folder, ports);
    try {
      for (let i = 0; i < COUNT; i++) await servers.#write(i);
      for (const name of ['consul', 'nomad'] as const)
        await Promise.all(ports.map((_, i) => servers.#start(name, i, servers.#leads(name, i))));
      await until('a node for jobs', async () => {
        const nodes = (await (await fetch(`${servers.nomad}/v1/nodes`)).json()) as { Status: string }[];
        return nodes[0]?.Status === 'ready';
      });
      return servers;
    } catch (error) {
      await servers.close();
      throw error;
    }
  }

  get consul(): string {
    return this.#at('consul', 0);
  }
  get nomad(): string {
    return this.#at('nomad', 0);
  }
  get env(): { NOMAD_ADDR: string; CONSUL_HTTP_ADDR: string } {
    return { NOMAD_ADDR: this.nomad, CONSUL_HTTP_ADDR: this.consul };
  }

  /** Ends the leaders of both by SIGKILL, waits until others lead, and starts what was ended again. */
  async changeLeaders(): Promise<void> {
    const gone = await Promise.all((['consul', 'nomad'] as const).map((name) => this.#killLeader(name)));
    await Promise.all(
      gone.map(({ name, was }) =>
        until(`another leader of ${name}`, async () => {
          const now = await this.#leader(name);
          return now !== '' && now !== was;
        }),
      ),
    );
    await Promise.all(gone.map(({ name, index }) => this.#start(name, index, async () => true)));
  }

  async close(): Promise<void> {
    await stopAllJobs(this.nomad).catch(() => undefined);
    await Promise.all([...this.#pids.values()].map((pid) => stopProcess(pid)));
    for (const pid of await processesUnder(this.folder)) signalProcess(pid, 'SIGKILL');
    await until('The end of all', async () => (await processesUnder(this.folder)).every((pid) => !alive(pid)));
    await unmountUnder(this.folder);
    await rm(this.folder, { recursive: true, force: true });
  }

  async #killLeader(name: ServerName): Promise<{ name: ServerName; index: number; was: string }> {
    const index = await until(`a leader of ${name} that is not the first`, async () => {
      const at = this.#serverPorts(name).indexOf((await this.#leader(name)).split(':').at(-1) ?? '');
      if (at > 0) return at;
      // The first one is where everybody's calls go: it gives the lead away.
      if (at === 0) await this.#giveAway(name);
      return undefined;
    });
    const was = await this.#leader(name);
    signalProcess(this.#pids.get(`${name}-${index}`) as number, 'SIGKILL');
    return { name, index, was };
  }

  async #giveAway(name: ServerName): Promise<void> {
    const raft = `${this.#at(name, 0)}/v1/operator/raft`;
    if (name === 'consul') await fetch(`${raft}/transfer-leader`, { method: 'POST' });
    else await fetch(`${raft}/transfer-leadership?address=127.0.0.1:${this.ports[1]?.nomadRpc}`, { method: 'PUT' });
  }

  async #leader(name: ServerName): Promise<string> {
    const answer = await fetch(`${this.#at(name, 0)}/v1/status/leader`, { signal: AbortSignal.timeout(2_000) });
    return answer.ok ? ((await answer.json()) as string) : '';
  }

  #leads(name: ServerName, index: number): () => Promise<boolean> {
    return async () => /\d/.test(await (await fetch(`${this.#at(name, index)}/v1/status/leader`)).text());
  }

  async #start(name: ServerName, index: number, ready: () => Promise<boolean>): Promise<void> {
    const config = join(this.folder, `${name}-${index}.json`);
    const flag = name === 'consul' ? '-config-file' : '-config';
    const pid = await startProcess({
      ...{ name: `${name}-${index}`, command: [part(name), 'agent', flag, config], cwd: this.folder, ready },
      ...{ logFile: join(this.folder, `${name}-${index}.log`), patienceMs: 60_000, detached: false },
    });
    this.#pids.set(`${name}-${index}`, pid);
  }

  async #write(index: number): Promise<void> {
    const ports = this.ports[index] as ClusterPorts;
    const name = index === 0 ? 'loopback' : `server-${index}`;
    const consul = {
      ...consulConfig(ports, join(this.folder, `consul-data-${index}`)),
      ...{ bootstrap_expect: COUNT, node_name: name, retry_join: this.#joining('consulSerf'), retry_interval: '1s' },
    };
    const plain = nomadConfig(ports, join(this.folder, `nomad-data-${index}`), { acl: false, chroot: [], volumes: {} });
    const { client, server } = plain as { client: object; server: object };
    const nomad = {
      ...plain,
      name,
      client: { ...client, enabled: index === 0, servers: this.#joining('nomadRpc') },
      server: {
        ...{ ...server, bootstrap_expect: COUNT },
        server_join: { retry_join: this.#joining('nomadSerf'), retry_interval: '1s' },
      },
      consul: { address: `127.0.0.1:${this.ports[0]?.consulHttp}`, server_auto_join: false, client_auto_join: false },
    };
    for (const [file, config] of Object.entries({ consul, nomad }))
      await writeFile(join(this.folder, `${file}-${index}.json`), JSON.stringify(config), { mode: 0o600 });
  }

  #joining = (port: keyof ClusterPorts): string[] => this.ports.map((one) => `127.0.0.1:${one[port]}`);
  #serverPorts = (name: ServerName): string[] =>
    this.ports.map(({ consulServer, nomadRpc }) => `${name === 'consul' ? consulServer : nomadRpc}`);
  #at = (name: ServerName, index: number): string => {
    const ports = this.ports[index] as ClusterPorts;
    return `http://127.0.0.1:${name === 'consul' ? ports.consulHttp : ports.nomadHttp}`;
  };
}
