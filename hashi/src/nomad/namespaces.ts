import { z } from 'zod';
import { anything, type Call, type ListCall, mapOf, type NomadApi, part } from './api.js';

const namespace = z.looseObject({ Name: z.string(), Description: z.string().nullish(), Meta: mapOf(z.string()) });

export class Namespaces {
  readonly #api: NomadApi;

  constructor(api: NomadApi) {
    this.#api = api;
  }

  list(call: ListCall = {}): Promise<z.infer<typeof namespace>[]> {
    return this.#api.list(namespace, '/v1/namespaces', call);
  }

  /** @throws HashiError `TWIN_NOMAD_MISSING`. */
  read(name: string, call: Call = {}): Promise<z.infer<typeof namespace>> {
    return this.#api.get(namespace, `/v1/namespace/${part(name)}`, call);
  }

  /** Makes it, or changes its description. */
  async write(name: string, { description = '', ...call }: Call & { description?: string } = {}): Promise<void> {
    await this.#api.post(anything, '/v1/namespace', { Name: name, Description: description }, call);
  }

  /** @throws HashiError when jobs or variables are left in it. */
  async remove(name: string, call: Call = {}): Promise<void> {
    await this.#api.delete(anything, `/v1/namespace/${part(name)}`, call);
  }
}
