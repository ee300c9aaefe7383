import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfig } from '@twin/pipecat-app/config.js';
import { TwinError } from '@twin/pipecat-app/errors.js';
import { loadCatalogue } from '@twin/pipecat-app/models/catalogue.js';
import { ModelStore } from '@twin/pipecat-app/models/store.js';
import {
  deployExpert,
  type ExpertOptions,
  expertVariables,
  jobFile,
  type ListedModel,
  oneOf,
  treeVariables,
} from './deploy.js';
import { freePorts } from './ports.js';
import { runJob } from './run-job.js';
import { adoptServers, type Servers, type ServersState, startServers } from './servers.js';
import { until } from './until.js';

/** What is kept of a cluster between two commands. */
type ClusterState = ServersState & { agentPort: number };

/** Where a cluster that `npm run cluster` started can be reached. */
export type ClusterAddresses = { agent: string; consul: string; nomad: string; folder: string };

const AGENT_PATIENCE_MS = 120_000;
/** Memory of an expert's job besides the model's own. */
const SPARE_MB = 256;

/**
 * The cluster of one person on one machine: one Consul, one Nomad, the default expert and the agent, all on the loopback
 * address and all below one folder. Starting it again goes on with what is there.
 */
export class LocalCluster {
  readonly #folder: string;
  readonly #say: (line: string) => void;

  constructor(folder: string, say: (line: string) => void) {
    this.#folder = folder;
    this.#say = say;
  }

  /**
   * Starts what does not run yet, and returns when the expert and the agent answer.
   * @param options.agentPort taken when it is free
   * @throws TwinError `TWIN_PART_MISSING`, `TWIN_MODEL_NONE`, `TWIN_CLUSTER_…`
   */
  async up({
    agentPort,
    agent,
    signal,
  }: {
    agentPort: number;
    agent: boolean;
    signal: AbortSignal;
  }): Promise<ClusterAddresses> {
    const { models, modelsDir } = await usableModels();
    const servers = await this.#servers(agentPort, signal);
    this.#say('deploying the default expert (job llamacpp-rpc)');
    // The first model of the list is the one that a person prefers: the job has the memory that it takes.
    const memory = Math.max(...models.map(({ min_ram_mb = 0 }) => min_ram_mb)) + SPARE_MB;
    await deployExpert(servers, { models, modelsDir, variables: { memory_mb: String(memory) } });
    const expert = await oneOf(servers, 'llama-api-main', 180_000);
    this.#say(`expert main serves ${expert.meta.model}${expert.meta.degraded === 'true' ? ' (degraded)' : ''}`);
    if (agent) await this.#deployAgent(servers, { models, modelsDir });
    return this.#addresses();
  }

  /** What runs, one line each; empty when no cluster does. */
  async status(): Promise<string[]> {
    const state = await this.#state();
    if (!state) return [];
    const servers = adoptServers(state);
    const lines = (['consul', 'nomad'] as const).map((name) => {
      const pid = servers.running(name);
      return `${name.padEnd(6)} ${pid === undefined ? 'does not run' : `runs (process ${pid})`}`;
    });
    const { nomad, consul } = await this.#addresses();
    const jobs = await list<{ ID: string; Status: string }[]>(`${nomad}/v1/jobs?namespace=*`);
    const services = await list<Record<string, string[]>>(`${consul}/v1/catalog/services`);
    return [
      ...lines,
      ...(jobs ?? []).map(({ ID, Status }) => `job    ${ID}: ${Status}`),
      ...Object.keys(services ?? {})
        .filter((name) => name.startsWith('llama-api-'))
        .map((name) => `expert ${name.slice('llama-api-'.length)}`),
    ];
  }

  /** Ends everything and removes the folder; false when there was nothing. */
  async down(): Promise<boolean> {
    const state = await this.#state();
    if (state) await adoptServers(state).close();
    await rm(this.#folder, { recursive: true, force: true });
    return state !== undefined;
  }

  async #servers(wantedPort: number, signal: AbortSignal): Promise<Servers> {
    const known = await this.#state();
    if (known) {
      const servers = adoptServers(known, { detached: true, signal });
      for (const name of ['consul', 'nomad'] as const) {
        await servers.start(name);
        await this.#save({ ...known, pids: servers.pids });
      }
      this.#say('Consul and Nomad run');
      return servers;
    }
    this.#say('starting Consul and Nomad');
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const [agentPort] = (await freePorts(1, [wantedPort])) as [number];
    const folder = join(this.#folder, 'servers');
    const servers = await startServers({ folder, detached: true, wanted: { consul: 8500, nomad: 4646 }, signal });
    await this.#save({ ...servers.state, agentPort });
    return servers;
  }

  async #deployAgent(servers: Servers, expert: Pick<ExpertOptions, 'models' | 'modelsDir'>): Promise<void> {
    const { agentPort } = (await this.#state()) as ClusterState;
    const config = readConfig();
    this.#say(`deploying the agent (job pipecat-app) on port ${agentPort}`);
    await runJob(servers.nomad, await jobFile('pipecat-app'), {
      ...treeVariables(servers),
      nomad_addr: servers.nomad,
      http_port: String(agentPort),
      home_dir: join(this.#folder, 'agent'),
      models_dir: config.TWIN_MODELS,
      engines_dir: config.TWIN_ENGINES,
      cpu_mhz: '100',
      // So that more experts can be deployed from the page.
      settings: { JOB_VARIABLES: JSON.stringify(expertVariables(servers, expert)) },
    });
    await until('The agent', async () => (await fetch(`http://127.0.0.1:${agentPort}/health`)).ok, {
      patienceMs: AGENT_PATIENCE_MS,
    });
  }

  /** A new link that signs a browser in, once. */
  async signInLink(): Promise<string> {
    const { agent } = await this.#addresses();
    const key = (await readFile(join(this.#folder, 'agent', 'admin.key'), 'utf8')).trim();
    const answer = await fetch(`${agent}/api/signin-codes`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ role: 'admin' }),
    });
    return ((await answer.json()) as { url: string }).url;
  }

  async #addresses(): Promise<ClusterAddresses> {
    const { agentPort, ports } = (await this.#state()) as ClusterState;
    const at = (port: number): string => `http://127.0.0.1:${port}`;
    return { agent: at(agentPort), consul: at(ports.consulHttp), nomad: at(ports.nomadHttp), folder: this.#folder };
  }

  async #state(): Promise<ClusterState | undefined> {
    const text = await readFile(join(this.#folder, 'state.json'), 'utf8').catch(() => undefined);
    return text === undefined ? undefined : (JSON.parse(text) as ClusterState);
  }

  async #save(state: ClusterState): Promise<void> {
    await writeFile(join(this.#folder, 'state.json'), JSON.stringify(state, undefined, 2), { mode: 0o600 });
  }
}

/** Every language model of the catalogue whose file is there, in the catalogue's order. */
async function usableModels(): Promise<{ models: ListedModel[]; modelsDir: string }> {
  const modelsDir = readConfig().TWIN_MODELS;
  const store = new ModelStore(modelsDir, loadCatalogue());
  const models: ListedModel[] = [];
  for (const model of store.catalogue.models.filter(({ kind }) => kind === 'llm')) {
    const state = await store.state(model);
    if (state !== 'ready' && state !== 'unchecked') continue;
    const { name, file, sha256, ramMb, prompt = 'chat' } = model;
    models.push({ name, file, sha256, min_ram_mb: ramMb, prompt });
  }
  if (models.length > 0) return { models, modelsDir };
  throw new TwinError('TWIN_MODEL_NONE', `There is no language model in ${modelsDir}.`, {
    next: 'Fetch one: npm run twin -- models pull --defaults --kind llm',
  });
}

async function list<T>(url: string): Promise<T | undefined> {
  try {
    return (await (await fetch(url, { signal: AbortSignal.timeout(2_000) })).json()) as T;
  } catch {
    return undefined;
  }
}
