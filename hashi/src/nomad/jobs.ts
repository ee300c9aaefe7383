import { z } from 'zod';
import { HashiError } from '../errors.js';
import { allocationStub } from './allocations.js';
import { anything, type Call, type ListCall, listOf, mapOf, type NomadApi, part } from './api.js';
import { deployment } from './deployments.js';
import { evaluation } from './evaluations.js';
import { type Job, job, jobStub, type Plan, plan, registered } from './job.js';

const versions = z.looseObject({ Versions: listOf(job), Diffs: listOf(z.looseObject({ Type: z.string() })) });
const stopped = z.looseObject({ EvalID: z.string() });
const dispatched = z.looseObject({ DispatchedJobID: z.string(), EvalID: z.string().nullish() });
const scaleStatus = z.looseObject({
  JobStopped: z.boolean(),
  TaskGroups: mapOf(
    z.looseObject({ Desired: z.number(), Placed: z.number(), Running: z.number(), Healthy: z.number() }),
  ),
});

export type RegisterOptions = Call & {
  /** Register only while the job has this `JobModifyIndex`; 0: only while there is no such job. */
  modifyIndex?: number;
};

export type DispatchOptions = Call & {
  payload?: string | Uint8Array;
  meta?: Record<string, string>;
  /** Two calls with the same one start one job. */
  idempotencyToken?: string;
};

/** Jobs. They are Nomad's own objects: what `parse` gives goes to `plan` and `register`. */
export class Jobs {
  readonly #api: NomadApi;

  constructor(api: NomadApi) {
    this.#api = api;
  }

  /** @throws HashiError `TWIN_NOMAD_INVALID` with the line that is wrong. `variables` is the text of a `.vars` file. */
  parse(hcl: string, { variables = '', ...call }: Call & { variables?: string } = {}): Promise<Job> {
    return this.#api.post(job, '/v1/jobs/parse', { JobHCL: hcl, Canonicalize: true, Variables: variables }, call);
  }

  /** What `register` would do, with the difference to what runs; changes nothing. */
  plan(spec: Job, { diff = true, ...call }: Call & { diff?: boolean } = {}): Promise<Plan> {
    return this.#api.post(plan, `${pathOf(spec.ID)}/plan`, { Job: spec, Diff: diff }, inNamespace(spec, call));
  }

  register(spec: Job, { modifyIndex, ...call }: RegisterOptions = {}): Promise<z.infer<typeof registered>> {
    const check = modifyIndex === undefined ? {} : { EnforceIndex: true, JobModifyIndex: modifyIndex };
    return this.#api.post(registered, '/v1/jobs', { Job: spec, ...check }, inNamespace(spec, call));
  }

  list(call: ListCall = {}): Promise<z.infer<typeof jobStub>[]> {
    return this.#api.list(jobStub, '/v1/jobs', call);
  }

  /** @throws HashiError `TWIN_NOMAD_MISSING`. */
  read(id: string, call: Call = {}): Promise<Job> {
    return this.#api.get(job, pathOf(id), call);
  }

  /**
   * Sets how many instances of a group there are. The version of the job stays.
   * @throws HashiError `TWIN_NOMAD_DEPLOYING` (retryable) while a deployment of the job runs.
   */
  async scale(
    id: string,
    group: string,
    count: number,
    { message = '', ...call }: Call & { message?: string } = {},
  ): Promise<z.infer<typeof registered>> {
    const body = { Target: { Group: group }, Count: count, Message: message };
    try {
      return await this.#api.post(registered, `${pathOf(id)}/scale`, body, call);
    } catch (error) {
      throw error instanceof HashiError && error.status === 400 && error.message.includes('active deployment')
        ? deploying(id, error)
        : error;
    }
  }

  /** How many instances of each group are wanted, placed, running and healthy. */
  scaleStatus(id: string, call: Call = {}): Promise<z.infer<typeof scaleStatus>> {
    return this.#api.get(scaleStatus, `${pathOf(id)}/scale`, call);
  }

  /** `purge` forgets the job too. */
  stop(id: string, { purge = false, ...call }: Call & { purge?: boolean } = {}): Promise<z.infer<typeof stopped>> {
    return this.#api.delete(stopped, pathOf(id), call, { purge });
  }

  /** Starts an instance of a parameterized job. */
  dispatch(
    id: string,
    { payload = '', meta = {}, idempotencyToken, ...call }: DispatchOptions = {},
  ): Promise<z.infer<typeof dispatched>> {
    const body = { Payload: Buffer.from(payload).toString('base64'), Meta: meta };
    return this.#api.post(dispatched, `${pathOf(id)}/dispatch`, body, call, { idempotency_token: idempotencyToken });
  }

  /** Makes an earlier version the newest one. */
  revert(id: string, version: number, call: Call = {}): Promise<z.infer<typeof registered>> {
    return this.#api.post(registered, `${pathOf(id)}/revert`, { JobID: id, JobVersion: version }, call);
  }

  /** Newest first, each with its difference to the one before. */
  versions(id: string, call: Call = {}): Promise<z.infer<typeof versions>> {
    return this.#api.get(versions, `${pathOf(id)}/versions`, call, { diffs: true });
  }

  /** `all`: those of earlier jobs with the same id too. */
  allocations(
    id: string,
    { all = false, ...call }: Call & { all?: boolean } = {},
  ): Promise<z.infer<typeof allocationStub>[]> {
    return this.#api.get(listOf(allocationStub), `${pathOf(id)}/allocations`, call, { all });
  }

  evaluations(id: string, call: Call = {}): Promise<z.infer<typeof evaluation>[]> {
    return this.#api.list(evaluation, `${pathOf(id)}/evaluations`, call);
  }

  /** The newest deployment; undefined when the job has none. */
  async deployment(id: string, call: Call = {}): Promise<z.infer<typeof deployment> | undefined> {
    return (await this.#api.get(deployment.nullable(), `${pathOf(id)}/deployment`, call)) ?? undefined;
  }

  /** Makes Nomad look at the job again. */
  async evaluate(id: string, call: Call = {}): Promise<void> {
    await this.#api.post(anything, `${pathOf(id)}/evaluate`, { JobID: id }, call);
  }
}

const pathOf = (id: string): string => `/v1/job/${part(id)}`;

/** A job that names its namespace is meant for that one, whatever the client's is. */
const inNamespace = (spec: Job, call: Call): Call => ({
  ...call,
  namespace: call.namespace ?? (spec.Namespace || undefined),
});

function deploying(id: string, cause: HashiError): HashiError {
  const message = `Job ${id} cannot be scaled while its deployment runs.`;
  return new HashiError('TWIN_NOMAD_DEPLOYING', cause.endpoint, message, {
    status: 400,
    retryable: true,
    next: 'Wait until the deployment has ended, or set max_parallel = 0 in the update block of the job.',
    cause,
  });
}
