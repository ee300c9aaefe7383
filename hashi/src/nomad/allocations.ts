import { z } from 'zod';
import { anything, type Call, type ListCall, listOf, mapOf, type NomadApi, part } from './api.js';

const taskState = z.looseObject({
  /** `pending`, `running` or `dead`. */
  State: z.string(),
  Failed: z.boolean().nullish(),
  Restarts: z.number().nullish(),
  StartedAt: z.string().nullish(),
  FinishedAt: z.string().nullish(),
  Events: listOf(z.looseObject({ Type: z.string(), Time: z.number().nullish(), DisplayMessage: z.string().nullish() })),
});

/** An allocation as lists show it. */
export const allocationStub = z.looseObject({
  ID: z.string(),
  Name: z.string(),
  NodeID: z.string(),
  NodeName: z.string().nullish(),
  JobID: z.string(),
  TaskGroup: z.string(),
  /** What Nomad wants: `run`, `stop` or `evict`. */
  DesiredStatus: z.string(),
  /** What is: `pending`, `running`, `complete`, `failed`, `lost` or `unknown`. */
  ClientStatus: z.string(),
  ClientDescription: z.string().nullish(),
  JobVersion: z.number().nullish(),
  TaskStates: mapOf(taskState),
  CreateIndex: z.number(),
  ModifyIndex: z.number(),
});

const port = z.looseObject({ Label: z.string(), Value: z.number(), HostIP: z.string().nullish() });
const allocation = allocationStub.extend({
  AllocatedResources: z.looseObject({ Shared: z.looseObject({ Ports: listOf(port) }).nullish() }).nullish(),
});
export type Allocation = z.infer<typeof allocation>;

export class Allocations {
  readonly #api: NomadApi;

  constructor(api: NomadApi) {
    this.#api = api;
  }

  list(call: ListCall = {}): Promise<z.infer<typeof allocationStub>[]> {
    return this.#api.list(allocationStub, '/v1/allocations', call);
  }

  /** @throws HashiError `TWIN_NOMAD_MISSING`. */
  read(id: string, call: Call = {}): Promise<Allocation> {
    return this.#api.get(allocation, `/v1/allocation/${part(id)}`, call);
  }

  /** Nomad places it anew, somewhere. */
  async stop(id: string, call: Call = {}): Promise<void> {
    await this.#api.post(anything, `/v1/allocation/${part(id)}/stop`, {}, call);
  }

  /** Starts its tasks again where they are; one task only, when `task` is named. */
  async restart(id: string, { task, ...call }: Call & { task?: string } = {}): Promise<void> {
    const body = task === undefined ? { AllTasks: true } : { TaskName: task };
    await this.#api.post(anything, `/v1/client/allocation/${part(id)}/restart`, body, call);
  }

  /** Sends a UNIX signal, for example `SIGHUP`. */
  async signal(id: string, name: string, { task = '', ...call }: Call & { task?: string } = {}): Promise<void> {
    await this.#api.post(anything, `/v1/client/allocation/${part(id)}/signal`, { Signal: name, Task: task }, call);
  }
}
