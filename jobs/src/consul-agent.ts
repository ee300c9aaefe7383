import { JobError } from './job-error.js';

/** One instance of a service, as the health endpoint of Consul tells it. */
export type Instance = {
  id: string;
  node: string;
  address: string;
  port: number;
  meta: Record<string, string>;
  passing: boolean;
};

/** A service of a node. */
export type NodeService = { name: string; port: number };

/** What the agent of this node is asked to announce. */
export type Registration = {
  ID: string;
  Name: string;
  Address: string;
  Port: number;
  Tags: string[];
  Meta: Record<string, string>;
  Check?: Record<string, string>;
};

type HealthEntry = {
  Node: { Node: string; Address: string };
  Service: { ID: string; Address: string; Port: number; Meta: Record<string, string> | null };
  Checks: { Status: string }[];
};

const PATIENCE_MS = 10_000;

/**
 * The few calls of Consul's HTTP API that a program on a node makes. Every call throws `JobError` `TWIN_JOB_CONSUL` when
 * Consul cannot be reached or refuses.
 */
export class ConsulAgent {
  readonly #address: string;
  readonly #token: string;

  constructor(address: string, token = '') {
    this.#address = address.includes('://') ? address : `http://${address}`;
    this.#token = token;
  }

  /** From the variables that Consul's own programs read, and those that Nomad sets for a task. */
  static fromEnv(env: NodeJS.ProcessEnv): ConsulAgent {
    return new ConsulAgent(env.CONSUL_HTTP_ADDR || '127.0.0.1:8500', env.CONSUL_HTTP_TOKEN || env.CONSUL_TOKEN || '');
  }

  /** Names of all services. */
  async services(signal?: AbortSignal): Promise<string[]> {
    return Object.keys((await this.#json('/v1/catalog/services', signal)).value as object);
  }

  /**
   * All instances of a service. With the `index` of an earlier answer it waits, up to `waitS` seconds, for a change.
   */
  async instances(
    service: string,
    { index = 0, waitS = 0, signal }: { index?: number; waitS?: number; signal?: AbortSignal } = {},
  ): Promise<{ instances: Instance[]; index: number }> {
    const query = index > 0 ? `?index=${index}&wait=${waitS}s` : '';
    const answer = await this.#json(`/v1/health/service/${encodeURIComponent(service)}${query}`, signal, waitS * 1000);
    return { instances: (answer.value as HealthEntry[]).map(toInstance), index: answer.index };
  }

  /** Services of a node, healthy or not; waits for a change as `instances` does. */
  async servicesOf(
    node: string,
    { index = 0, waitS = 0, signal }: { index?: number; waitS?: number; signal?: AbortSignal } = {},
  ): Promise<{ value: NodeService[]; index: number }> {
    const query = index > 0 ? `?index=${index}&wait=${waitS}s` : '';
    const answer = await this.#json(
      `/v1/catalog/node-services/${encodeURIComponent(node)}${query}`,
      signal,
      waitS * 1000,
    );
    const { Services } = (answer.value ?? {}) as { Services?: { Service: string; Port: number }[] | null };
    return { value: (Services ?? []).map(({ Service, Port }) => ({ name: Service, port: Port })), index: answer.index };
  }

  async register(registration: Registration): Promise<void> {
    await this.#call('PUT', '/v1/agent/service/register', JSON.stringify(registration));
  }

  /** Takes a service of this node back; one that is not there is as good as taken back. */
  async deregister(id: string): Promise<void> {
    await this.#call('PUT', `/v1/agent/service/deregister/${encodeURIComponent(id)}`, undefined, [404]);
  }

  async put(key: string, value: string): Promise<void> {
    await this.#call('PUT', `/v1/kv/${key}`, value);
  }

  async remove(key: string): Promise<void> {
    await this.#call('DELETE', `/v1/kv/${key}`);
  }

  /** Keys below a prefix, with their values. */
  async list(prefix: string, signal?: AbortSignal): Promise<Map<string, string>> {
    const { value } = await this.#json(`/v1/kv/${prefix}?recurse=true`, signal, 0, [404]);
    const entries = (value ?? []) as { Key: string; Value: string | null }[];
    return new Map(entries.map(({ Key, Value }) => [Key, Buffer.from(Value ?? '', 'base64').toString('utf8')]));
  }

  async #json(
    path: string,
    signal?: AbortSignal,
    extraMs = 0,
    alsoFine: number[] = [],
  ): Promise<{ value: unknown; index: number }> {
    const answer = await this.#call('GET', path, undefined, alsoFine, signal, extraMs);
    const value = answer.ok ? await answer.json() : undefined;
    return { value, index: Number(answer.headers.get('x-consul-index') ?? 0) };
  }

  async #call(
    method: string,
    path: string,
    body?: string,
    alsoFine: number[] = [],
    signal?: AbortSignal,
    extraMs = 0,
  ): Promise<Response> {
    const late = AbortSignal.timeout(PATIENCE_MS + extraMs);
    let answer: Response;
    try {
      answer = await fetch(`${this.#address}${path}`, {
        method,
        headers: this.#token ? { 'x-consul-token': this.#token } : {},
        signal: signal ? AbortSignal.any([signal, late]) : late,
        ...(body === undefined ? {} : { body }),
      });
    } catch (cause) {
      signal?.throwIfAborted();
      const next = 'Does the agent run on this node? Its address is CONSUL_HTTP_ADDR.';
      throw new JobError('TWIN_JOB_CONSUL', `Consul at ${this.#address} does not answer.`, next, cause);
    }
    if (answer.ok || alsoFine.includes(answer.status)) return answer;
    const words = (await answer.text()).trim();
    const next = answer.status === 403 ? 'Give the job a token that may do this.' : "Look at Consul's log.";
    throw new JobError('TWIN_JOB_CONSUL', `Consul refuses ${method} ${path} (${answer.status}): ${words}`, next);
  }
}

function toInstance({ Node, Service, Checks }: HealthEntry): Instance {
  return {
    id: Service.ID,
    node: Node.Node,
    address: Service.Address || Node.Address,
    port: Service.Port,
    meta: Service.Meta ?? {},
    passing: Checks.every(({ Status }) => Status === 'passing'),
  };
}
