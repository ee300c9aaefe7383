import { availableParallelism } from 'node:os';
import { JobError } from '../job-error.js';

/** One entry of a model list, as `group_vars/models.yaml` spells it. */
export type ModelEntry = {
  name: string;
  /** File name inside the folder of models. */
  file: string;
  /** Hexadecimal; without one the file is not verified. */
  sha256?: string;
  /** Tokens of one slot; without one the job's. */
  context?: number;
  /** Memory that the model takes, all nodes together. */
  min_ram_mb?: number;
  /** Marks a model that is a way out rather than a choice. */
  fallback?: boolean;
  /** `completion` for a base model, which is given text to go on with; `chat` when left out. */
  prompt?: 'chat' | 'completion';
  /** Number of layers; with it the head keeps its share of them when workers take the others. */
  layers?: number;
};

/** Everything that the head of an expert is told, by the environment that `llama-expert.nomad.hcl` sets. */
export type HeadSettings = {
  /** The Consul service, `llama-api-<expert>`. */
  service: string;
  expert: string;
  /** The Consul service of its RPC workers. */
  rpcService: string;
  /** Unique to this allocation. */
  instance: string;
  host: string;
  port: number;
  models: ModelEntry[];
  modelsDir: string;
  llamaDir: string;
  buildId: string;
  persona: string;
  /** Tokens of one slot. */
  context: number;
  slots: number;
  threads: number;
  /** Memory of the head and of each worker, in MiB; 0 is unknown. */
  memoryMb: number;
  rpcMemoryMb: number;
  /** Upper bound of the prompt cache, in MiB. */
  cacheRamMb: number;
  workerCount: number;
  rpcWaitS: number;
  startTimeoutS: number;
  /** Where slots are kept while the expert sleeps; empty: they are not. */
  slotsDir: string;
  /** Most of them on disk, in MiB. */
  slotsMb: number;
};

const PREFIX = 'llama-api-';

/**
 * Reads the settings.
 * @throws JobError `TWIN_EXPERT_SETTINGS` that names every variable that is missing or wrong
 */
export function readSettings(env: NodeJS.ProcessEnv): HeadSettings {
  const problems: string[] = [];
  const text = (name: string, fallback?: string): string => {
    const value = env[name] || fallback;
    if (value === undefined) problems.push(`${name} is missing`);
    return value ?? '';
  };
  const whole = (name: string, fallback: number): number => {
    const value = env[name] ? Number(env[name]) : fallback;
    if (!Number.isInteger(value) || value < 0)
      problems.push(`${name} must be a whole number from 0, not '${env[name]}'`);
    return value;
  };
  const service = text('TWIN_SERVICE');
  if (!service.startsWith(PREFIX)) problems.push(`TWIN_SERVICE must begin with ${PREFIX}, not be '${service}'`);
  const settings: HeadSettings = {
    service,
    expert: service.slice(PREFIX.length),
    rpcService: text('TWIN_RPC_SERVICE'),
    instance: text('NOMAD_ALLOC_ID', 'local'),
    host: text('TWIN_HEAD_HOST', '127.0.0.1'),
    port: whole('TWIN_HEAD_PORT', 0),
    models: modelList(text('TWIN_MODEL_LIST'), problems),
    modelsDir: text('TWIN_MODELS'),
    llamaDir: text('TWIN_LLAMA'),
    buildId: text('TWIN_BUILD_ID'),
    persona: env.TWIN_PERSONA ?? '',
    context: whole('TWIN_CONTEXT', 4096),
    slots: Math.max(1, whole('TWIN_SLOTS', 2)),
    threads: whole('TWIN_THREADS', 0) || availableParallelism(),
    memoryMb: whole('TWIN_MEMORY_MB', 0),
    rpcMemoryMb: whole('TWIN_RPC_MEMORY_MB', 0),
    cacheRamMb: whole('TWIN_CACHE_RAM_MB', 128),
    workerCount: whole('TWIN_WORKER_COUNT', 0),
    rpcWaitS: whole('TWIN_RPC_WAIT_S', 60),
    startTimeoutS: Math.max(1, whole('TWIN_START_TIMEOUT_S', 600)),
    slotsDir: env.TWIN_SLOTS_DIR ?? '',
    slotsMb: whole('TWIN_SLOTS_MB', 1024),
  };
  if (settings.port === 0) problems.push('TWIN_HEAD_PORT is missing');
  if (problems.length === 0) return settings;
  throw new JobError(
    'TWIN_EXPERT_SETTINGS',
    `The head of an expert cannot start with these settings:\n  ${problems.join('\n  ')}`,
    'Correct the variables of the job and run it again.',
  );
}

function modelList(json: string, problems: string[]): ModelEntry[] {
  let list: unknown;
  try {
    list = JSON.parse(json || '[]');
  } catch {
    problems.push('TWIN_MODEL_LIST is not JSON');
    return [];
  }
  if (!Array.isArray(list) || list.length === 0) {
    problems.push('TWIN_MODEL_LIST names no model');
    return [];
  }
  for (const [i, entry] of list.entries()) {
    for (const field of ['name', 'file']) {
      if (typeof entry?.[field] !== 'string' || entry[field] === '') problems.push(`model ${i + 1} has no ${field}`);
    }
    if (typeof entry?.file === 'string' && /[/\\]|^\.\.?$/.test(entry.file)) {
      problems.push(`model ${i + 1} names a file outside the folder of models: ${entry.file}`);
    }
  }
  return list as ModelEntry[];
}
