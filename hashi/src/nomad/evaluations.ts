import { z } from 'zod';
import { allocationStub } from './allocations.js';
import { type Call, type ListCall, listOf, mapOf, type NomadApi, part } from './api.js';

/** One decision of the scheduler. */
export const evaluation = z.looseObject({
  ID: z.string(),
  Type: z.string(),
  TriggeredBy: z.string(),
  JobID: z.string(),
  /** `blocked`, `pending`, `complete`, `failed` or `canceled`. */
  Status: z.string(),
  StatusDescription: z.string().nullish(),
  /** The one that goes on when resources are free. */
  BlockedEval: z.string().nullish(),
  DeploymentID: z.string().nullish(),
  /** Why groups could not be placed. */
  FailedTGAllocs: mapOf(z.looseObject({})),
});

export class Evaluations {
  readonly #api: NomadApi;

  constructor(api: NomadApi) {
    this.#api = api;
  }

  list(call: ListCall = {}): Promise<z.infer<typeof evaluation>[]> {
    return this.#api.list(evaluation, '/v1/evaluations', call);
  }

  /** @throws HashiError `TWIN_NOMAD_MISSING`. */
  read(id: string, call: Call = {}): Promise<z.infer<typeof evaluation>> {
    return this.#api.get(evaluation, `/v1/evaluation/${part(id)}`, call);
  }

  allocations(id: string, call: Call = {}): Promise<z.infer<typeof allocationStub>[]> {
    return this.#api.get(listOf(allocationStub), `/v1/evaluation/${part(id)}/allocations`, call);
  }
}
