import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ROOT } from '../bench/servers.js';
import { llamaBuild, llamaFolder } from '../parts/parts.js';
import { type JobVariables, runJob } from './run-job.js';
import type { Servers } from './servers.js';
import { until } from './until.js';

/** A model as `model_list` of an expert's job names it. */
export type ListedModel = {
  name: string;
  file: string;
  sha256?: string;
  context?: number;
  min_ram_mb?: number;
  fallback?: boolean;
  layers?: number;
  prompt?: 'chat' | 'completion';
};

export type ExpertOptions = {
  models: readonly ListedModel[];
  modelsDir: string;
  /** `main` by default; job `llamacpp-rpc` for it, `<expert>-expert` for others. */
  expert?: string;
  workers?: number;
  /** Any other variable of `jobs/llama-expert.nomad.hcl`. */
  variables?: JobVariables;
};

/** One instance of a service in Consul, as far as tests look at it. */
export type ServiceInstance = { node: string; address: string; port: number; meta: Record<string, string> };

/** Text of a file in `jobs/`. */
export function jobFile(name: string): Promise<string> {
  return readFile(join(ROOT, 'jobs', `${name}.nomad.hcl`), 'utf8');
}

/** What every job is told on a machine where the project is a work tree. */
export function treeVariables(servers: Pick<Servers, 'consul'>): Record<string, string> {
  return { driver: 'raw_exec', twin_dir: resolve(ROOT), node_path: process.execPath, consul_addr: servers.consul };
}

/** Job id and Consul service of an expert. */
export function namesOf(expert = 'main'): { job: string; service: string } {
  return { job: expert === 'main' ? 'llamacpp-rpc' : `${expert}-expert`, service: `llama-api-${expert}` };
}

/** Runs the job of an expert with the llama.cpp that `parts.sh` built; returns at once. */
export async function deployExpert(servers: Servers, options: ExpertOptions): Promise<void> {
  const { job, service } = namesOf(options.expert);
  await runJob(servers.nomad, await jobFile('llama-expert'), {
    ...expertVariables(servers, options),
    job_name: job,
    service_name: service,
    worker_count: String(options.workers ?? 0),
    ...options.variables,
  });
}

/** What every expert of such a machine is told. */
export function expertVariables(
  servers: Pick<Servers, 'consul' | 'folder'>,
  { models, modelsDir }: Pick<ExpertOptions, 'models' | 'modelsDir'>,
): Record<string, string> {
  return {
    ...treeVariables(servers),
    model_list: JSON.stringify(models),
    models_dir: modelsDir,
    llama_dir: llamaFolder(),
    slots_dir: join(servers.folder, 'slots'),
    build_id: llamaBuild(),
    spread_workers: 'false',
    memory_mb: '600',
    rpc_memory_mb: '400',
    cpu_mhz: '50',
  };
}

/** Passing instances of a service. */
export async function passing(servers: Pick<Servers, 'consul'>, service: string): Promise<ServiceInstance[]> {
  const answer = await fetch(`${servers.consul}/v1/health/service/${service}?passing=true`);
  const entries = (await answer.json()) as {
    Node: { Node: string };
    Service: { Address: string; Port: number; Meta: Record<string, string> };
  }[];
  return entries.map(({ Node, Service }) => ({
    node: Node.Node,
    address: Service.Address,
    port: Service.Port,
    meta: Service.Meta,
  }));
}

/** The first passing instance of a service, once there is one. */
export function oneOf(
  servers: Pick<Servers, 'consul'>,
  service: string,
  patienceMs = 90_000,
): Promise<ServiceInstance> {
  return until(`The service ${service}`, async () => (await passing(servers, service))[0], { patienceMs });
}
