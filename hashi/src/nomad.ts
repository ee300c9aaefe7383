import { z } from 'zod';
import { type Clock, realClock } from './clock.js';
import type { HashiError } from './errors.js';
import { Http } from './http.js';
import { Acl } from './nomad/acl.js';
import { Allocations } from './nomad/allocations.js';
import { type Call, listOf, NomadApi } from './nomad/api.js';
import { Deployments } from './nomad/deployments.js';
import { Evaluations } from './nomad/evaluations.js';
import { type EventBatch, type EventOptions, followEvents } from './nomad/events.js';
import { Jobs } from './nomad/jobs.js';
import { Logs } from './nomad/logs.js';
import { Namespaces } from './nomad/namespaces.js';
import { Nodes } from './nomad/nodes.js';
import { Variables } from './nomad/variables.js';
import { type Token, tokenFromFile, tokenNow } from './token.js';

export type NomadOptions = {
  /** `http://host:port`, or `unix:///path`; `http://127.0.0.1:4646` when left out. */
  address?: string;
  /** A UNIX socket instead, for example a task's `${NOMAD_SECRETS_DIR}/api.sock`. */
  socketPath?: string;
  /** A function is asked for every request. */
  token?: Token;
  namespace?: string;
  region?: string;
  /** Time for each answer, in ms; 10 s. */
  timeoutMs?: number;
  /** Most bytes of one answer; 32 MiB. */
  maxBytes?: number;
  /** Told of each failure of a stream that is tried again. */
  onTrouble?: (error: HashiError) => void;
  clock?: Clock;
};

/**
 * Nomad. Objects have Nomad's own field names. Every call may be given a `signal`, and throws a `HashiError`, or the
 * signal's reason.
 *
 * @example
 * const job = await nomad.jobs.parse(await readFile('jobs/llama-expert.nomad.hcl', 'utf8'));
 * const { JobModifyIndex } = await nomad.jobs.plan(job);
 * await nomad.jobs.register(job, { modifyIndex: JobModifyIndex });
 */
export class Nomad {
  readonly jobs: Jobs;
  readonly evaluations: Evaluations;
  readonly allocations: Allocations;
  readonly deployments: Deployments;
  readonly logs: Logs;
  readonly variables: Variables;
  readonly nodes: Nodes;
  readonly namespaces: Namespaces;
  readonly acl: Acl;
  readonly #http: Http;
  readonly #api: NomadApi;
  readonly #onTrouble: ((error: HashiError) => void) | undefined;

  constructor(options: NomadOptions = {}) {
    const { address = 'http://127.0.0.1:4646', socketPath, token, namespace, region, clock = realClock } = options;
    const headers = (): Record<string, string> => {
      const now = tokenNow(token);
      return now === undefined ? {} : { 'x-nomad-token': now };
    };
    const { timeoutMs, maxBytes } = options;
    this.#http = new Http({
      server: 'NOMAD',
      address,
      socketPath,
      headers,
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
      ...(maxBytes === undefined ? {} : { maxBytes }),
    });
    this.#api = new NomadApi(this.#http, clock, namespace, region);
    this.#onTrouble = options.onTrouble;
    this.jobs = new Jobs(this.#api);
    this.evaluations = new Evaluations(this.#api);
    this.allocations = new Allocations(this.#api);
    this.deployments = new Deployments(this.#api);
    this.logs = new Logs(this.#api, this.allocations, options.onTrouble);
    this.variables = new Variables(this.#api);
    this.nodes = new Nodes(this.#api);
    this.namespaces = new Namespaces(this.#api);
    this.acl = new Acl(this.#api);
  }

  /** The servers that hold the state, each `address:port`. */
  peers(call: Call = {}): Promise<string[]> {
    return this.#api.get(listOf(z.string()), '/v1/status/peers', call);
  }

  /** What happens in the cluster, until `signal` aborts. */
  events(options: EventOptions): AsyncIterable<EventBatch> {
    return followEvents(this.#api, options, this.#onTrouble);
  }

  /** Ends all calls and streams, with `TWIN_NOMAD_CLOSED`, and closes the connections. */
  async close(): Promise<void> {
    await this.#http.close();
  }
}

/**
 * How a process finds its Nomad: `NOMAD_ADDR`, `NOMAD_NAMESPACE`, `NOMAD_REGION` and `NOMAD_TOKEN` as the `nomad` command
 * reads them. A task that is given its workload identity as a file uses that one, for Nomad renews it; and where there
 * is no address, the socket that Nomad gives each task.
 */
export function nomadFromEnv(env: Record<string, string | undefined>): NomadOptions {
  const { NOMAD_ADDR, NOMAD_UNIX_ADDR, NOMAD_NAMESPACE, NOMAD_REGION, NOMAD_TOKEN, NOMAD_SECRETS_DIR } = env;
  const address = NOMAD_ADDR || NOMAD_UNIX_ADDR;
  const file = NOMAD_SECRETS_DIR === undefined ? undefined : tokenFromFile(`${NOMAD_SECRETS_DIR}/nomad_token`);
  const token = (): string | undefined => file?.() ?? NOMAD_TOKEN;
  return {
    token,
    ...(address ? { address } : {}),
    ...(!address && NOMAD_SECRETS_DIR ? { socketPath: `${NOMAD_SECRETS_DIR}/api.sock` } : {}),
    ...(NOMAD_NAMESPACE ? { namespace: NOMAD_NAMESPACE } : {}),
    ...(NOMAD_REGION ? { region: NOMAD_REGION } : {}),
  };
}
