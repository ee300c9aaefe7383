import { z } from 'zod';
import { anything, type Call, listOf, type NomadApi, part } from './api.js';

const tokenStub = z.looseObject({
  AccessorID: z.string(),
  Name: z.string(),
  /** `client` or `management`. */
  Type: z.string(),
  Policies: listOf(z.string()),
  ExpirationTime: z.string().nullish(),
});
const token = tokenStub.extend({ SecretID: z.string() });
const policyStub = z.looseObject({ Name: z.string(), Description: z.string().nullish() });
const policy = policyStub.extend({ Rules: z.string() });

export type TokenSpec = Call & {
  name: string;
  type?: 'client' | 'management';
  policies?: readonly string[];
  /** In ms; the token is for ever when left out. */
  ttlMs?: number;
};

/** Rules of one name. */
class Policies {
  readonly #api: NomadApi;

  constructor(api: NomadApi) {
    this.#api = api;
  }

  list(call: Call = {}): Promise<z.infer<typeof policyStub>[]> {
    return this.#api.list(policyStub, '/v1/acl/policies', call);
  }

  /** @throws HashiError `TWIN_NOMAD_MISSING`. */
  read(name: string, call: Call = {}): Promise<z.infer<typeof policy>> {
    return this.#api.get(policy, `/v1/acl/policy/${part(name)}`, call);
  }

  /** `rules` in HCL. Makes the policy or replaces it. */
  async write(
    name: string,
    rules: string,
    { description = '', ...call }: Call & { description?: string } = {},
  ): Promise<void> {
    const body = { Name: name, Description: description, Rules: rules };
    await this.#api.post(anything, `/v1/acl/policy/${part(name)}`, body, call);
  }

  async remove(name: string, call: Call = {}): Promise<void> {
    await this.#api.delete(anything, `/v1/acl/policy/${part(name)}`, call);
  }
}

class Tokens {
  readonly #api: NomadApi;

  constructor(api: NomadApi) {
    this.#api = api;
  }

  list(call: Call = {}): Promise<z.infer<typeof tokenStub>[]> {
    return this.#api.list(tokenStub, '/v1/acl/tokens', call);
  }

  read(accessorId: string, call: Call = {}): Promise<z.infer<typeof token>> {
    return this.#api.get(token, `/v1/acl/token/${part(accessorId)}`, call);
  }

  /** The token that this client uses. */
  self(call: Call = {}): Promise<z.infer<typeof token>> {
    return this.#api.get(token, '/v1/acl/token/self', call);
  }

  /** The new token; its `SecretID` is what clients send. */
  create({ name, type = 'client', policies = [], ttlMs, ...call }: TokenSpec): Promise<z.infer<typeof token>> {
    const ttl = ttlMs === undefined ? {} : { ExpirationTTL: `${ttlMs}ms` };
    return this.#api.post(token, '/v1/acl/token', { Name: name, Type: type, Policies: policies, ...ttl }, call);
  }

  async remove(accessorId: string, call: Call = {}): Promise<void> {
    await this.#api.delete(anything, `/v1/acl/token/${part(accessorId)}`, call);
  }
}

export class Acl {
  readonly policies: Policies;
  readonly tokens: Tokens;
  readonly #api: NomadApi;

  constructor(api: NomadApi) {
    this.#api = api;
    this.policies = new Policies(api);
    this.tokens = new Tokens(api);
  }

  /**
   * Makes the first management token. With `secret` (a UUID) it is that one, so that a repeated set-up knows it.
   * @throws HashiError `TWIN_NOMAD_INVALID` when it was made before.
   */
  bootstrap({ secret, ...call }: Call & { secret?: string } = {}): Promise<z.infer<typeof token>> {
    return this.#api.post(token, '/v1/acl/bootstrap', secret === undefined ? {} : { BootstrapSecret: secret }, call);
  }
}
