import { z } from 'zod';
import { allocationStub } from './allocations.js';
import { anything, type Call, type ListCall, listOf, mapOf, type NomadApi, part } from './api.js';

const groupState = z.looseObject({
  DesiredTotal: z.number(),
  PlacedAllocs: z.number(),
  HealthyAllocs: z.number(),
  UnhealthyAllocs: z.number(),
  Promoted: z.boolean().nullish(),
});

export const deployment = z.looseObject({
  ID: z.string(),
  JobID: z.string(),
  JobVersion: z.number(),
  /** `running`, `paused`, `pending`, `blocked` and `unblocking` go on; `successful`, `failed`, `cancelled` have ended. */
  Status: z.string(),
  StatusDescription: z.string(),
  TaskGroups: mapOf(groupState),
});
export type Deployment = z.infer<typeof deployment>;

export class Deployments {
  readonly #api: NomadApi;

  constructor(api: NomadApi) {
    this.#api = api;
  }

  list(call: ListCall = {}): Promise<Deployment[]> {
    return this.#api.list(deployment, '/v1/deployments', call);
  }

  /** @throws HashiError `TWIN_NOMAD_MISSING`. */
  read(id: string, call: Call = {}): Promise<Deployment> {
    return this.#api.get(deployment, `/v1/deployment/${part(id)}`, call);
  }

  /**
   * Waits until it is `successful`, `failed` or `cancelled`, and returns it so.
   * @throws the reason of `signal` when it aborts before; HashiError `TWIN_NOMAD_MISSING`.
   */
  async ended(id: string, signal: AbortSignal, call: Call = {}): Promise<Deployment> {
    const path = `/v1/deployment/${part(id)}`;
    const asking = this.#api.watch(deployment, path, signal, call);
    for await (const now of asking) if (hasEnded(now)) return now;
    throw signal.reason;
  }

  allocations(id: string, call: Call = {}): Promise<z.infer<typeof allocationStub>[]> {
    return this.#api.get(listOf(allocationStub), `/v1/deployment/allocations/${part(id)}`, call);
  }

  /** Lets the canaries of all groups take over. */
  async promote(id: string, call: Call = {}): Promise<void> {
    await this.#api.post(anything, `/v1/deployment/promote/${part(id)}`, { DeploymentID: id, All: true }, call);
  }

  async pause(id: string, pause: boolean, call: Call = {}): Promise<void> {
    await this.#api.post(anything, `/v1/deployment/pause/${part(id)}`, { DeploymentID: id, Pause: pause }, call);
  }

  /** Ends it as failed; a job with `auto_revert` goes back to its last stable version. */
  async fail(id: string, call: Call = {}): Promise<void> {
    await this.#api.post(anything, `/v1/deployment/fail/${part(id)}`, {}, call);
  }
}

const hasEnded = ({ Status }: Deployment): boolean => ['successful', 'failed', 'cancelled'].includes(Status);
