import { EventEmitter } from 'node:events';
import ConsulPackage from 'consul';
import type { z } from 'zod';
import { deadline } from '../deadline.js';
import { closed, fitting, HashiError, late, refusal, unreachable } from '../errors.js';
import { type Token, tokenNow } from '../token.js';

/** What every call of the package takes besides its own fields: its type declarations leave out all but the token. */
type CallOptions = { token?: string; dc?: string; timeout: number; ctx: EventEmitter };

const TIMEOUT_MS = 10_000;

/**
 * The npm package `consul` for calls that are answered at once. Adds what it lacks: an `AbortSignal`, a time limit, and
 * errors that say what to do. docs/decisions/hashi.md says why watches do not go through it.
 */
export class PackageCalls {
  readonly #consul: ConsulPackage;
  readonly #url: URL;
  readonly #token: Token | undefined;
  readonly #datacenter: string | undefined;
  readonly #closing = new AbortController();

  constructor(address: string, token: Token | undefined, datacenter: string | undefined) {
    this.#url = new URL(/^[a-z]+:\/\//.test(address) ? address : `http://${address}`);
    const { hostname, port, protocol } = this.#url;
    const secure = protocol === 'https:';
    this.#consul = new ConsulPackage({ host: hostname, port: Number(port || (secure ? 443 : 80)), secure });
    this.#token = token;
    this.#datacenter = datacenter;
  }

  /**
   * Runs one call and reads its answer. `endpoint` is for the error.
   * @throws HashiError, or the reason of `signal`.
   */
  async run<S extends z.ZodType>(
    schema: S,
    endpoint: string,
    signal: AbortSignal | undefined,
    call: (consul: ConsulPackage, options: CallOptions) => Promise<unknown>,
  ): Promise<z.infer<S>> {
    signal?.throwIfAborted();
    if (this.#closing.signal.aborted) throw closed('CONSUL', endpoint);
    const token = tokenNow(this.#token);
    // Aborts the request when it emits `cancel`.
    const ctx = new EventEmitter();
    const own = deadline([signal, this.#closing.signal]);
    own.signal.addEventListener('abort', () => ctx.emit('cancel'), { once: true });
    const dc = this.#datacenter;
    try {
      const answer = await call(this.#consul, {
        ctx,
        timeout: TIMEOUT_MS,
        ...(token === undefined ? {} : { token }),
        ...(dc === undefined ? {} : { dc }),
      });
      return fitting('CONSUL', schema, answer, endpoint);
    } catch (error) {
      if (signal?.aborted) throw signal.reason;
      throw this.#failure(endpoint, error);
    } finally {
      own.end();
    }
  }

  close(): void {
    this.#closing.abort();
    this.#consul.destroy();
  }

  #failure(endpoint: string, error: unknown): HashiError {
    if (this.#closing.signal.aborted) return closed('CONSUL', endpoint);
    if (error instanceof HashiError) return error;
    const { isTimeout, isResponse, response } = error as PackageError;
    if (isTimeout) return late('CONSUL', endpoint, TIMEOUT_MS);
    if (isResponse && response) {
      const { body } = response;
      const said = Buffer.isBuffer(body) || typeof body === 'string' ? body.toString() : '';
      return refusal('CONSUL', endpoint, response.statusCode, said);
    }
    return unreachable('CONSUL', endpoint, this.#url.origin, error);
  }
}

/** What the package's errors carry. */
type PackageError = { isTimeout?: boolean; isResponse?: boolean; response?: { statusCode: number; body?: unknown } };
