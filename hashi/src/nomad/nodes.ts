import { z } from 'zod';
import { allocationStub } from './allocations.js';
import { anything, type Call, type ListCall, listOf, mapOf, type NomadApi, part } from './api.js';

const nodeStub = z.looseObject({
  ID: z.string(),
  Name: z.string(),
  Datacenter: z.string(),
  Address: z.string().nullish(),
  NodePool: z.string().nullish(),
  /** `initializing`, `ready`, `down` or `disconnected`. */
  Status: z.string(),
  /** `eligible` or `ineligible`. */
  SchedulingEligibility: z.string(),
  Drain: z.boolean(),
  Version: z.string().nullish(),
});

/** Attributes say what the node is: `cpu.arch`, `cpu.numcores`, `memory.totalbytes`, `kernel.name`, `driver.raw_exec`, … */
const node = nodeStub.omit({ Address: true, Version: true }).extend({
  HTTPAddr: z.string().nullish(),
  Attributes: mapOf(z.string()),
  Meta: mapOf(z.string()),
  NodeResources: z
    .looseObject({
      Cpu: z.looseObject({ CpuShares: z.number() }).nullish(),
      Memory: z.looseObject({ MemoryMB: z.number() }).nullish(),
    })
    .nullish(),
});

/** Here allocations come whole, with their job; lists of others have a `JobType` instead. */
const ofNode = allocationStub.extend({ Job: z.looseObject({ Type: z.string() }).nullish() });

export type DrainOptions = Call & {
  /** Until then allocations move one after the other; what is left is stopped. 0: everything at once. In ms, 1 h. */
  deadlineMs?: number;
  /** Leave system jobs running. */
  ignoreSystemJobs?: boolean;
};

export class Nodes {
  readonly #api: NomadApi;

  constructor(api: NomadApi) {
    this.#api = api;
  }

  list(call: ListCall = {}): Promise<z.infer<typeof nodeStub>[]> {
    return this.#api.list(nodeStub, '/v1/nodes', call);
  }

  /** @throws HashiError `TWIN_NOMAD_MISSING`. */
  read(id: string, call: Call = {}): Promise<z.infer<typeof node>> {
    return this.#api.get(node, `/v1/node/${part(id)}`, call);
  }

  allocations(id: string, call: Call = {}): Promise<z.infer<typeof ofNode>[]> {
    return this.#api.get(listOf(ofNode), `/v1/node/${part(id)}/allocations`, call);
  }

  /** Moves everything off the node; it takes nothing new until `undrain` or `eligibility`. */
  async drain(
    id: string,
    { deadlineMs = 3_600_000, ignoreSystemJobs = false, ...call }: DrainOptions = {},
  ): Promise<void> {
    // Nomad takes a negative deadline for "now", and 0 for "never".
    const Deadline = deadlineMs === 0 ? -1 : deadlineMs * 1e6;
    const body = { DrainSpec: { Deadline, IgnoreSystemJobs: ignoreSystemJobs } };
    await this.#api.post(anything, `/v1/node/${part(id)}/drain`, body, call);
  }

  /** Ends a drain; the node takes work again unless `eligible` is false. */
  async undrain(id: string, { eligible = true, ...call }: Call & { eligible?: boolean } = {}): Promise<void> {
    await this.#api.post(anything, `/v1/node/${part(id)}/drain`, { DrainSpec: null, MarkEligible: eligible }, call);
  }

  /** Whether new work may be placed on the node. */
  async eligibility(id: string, eligible: boolean, call: Call = {}): Promise<void> {
    const body = { Eligibility: eligible ? 'eligible' : 'ineligible' };
    await this.#api.post(anything, `/v1/node/${part(id)}/eligibility`, body, call);
  }
}
