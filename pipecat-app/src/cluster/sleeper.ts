import { HashiError } from '@twin/hashi/errors.js';
import type { Job } from '@twin/hashi/nomad/job.js';
import { POWER_PREFIX, type PowerState, powerStates } from '@twin/hashi/power/power-kv.js';
import { EXPERT_SERVICES, sleepable } from '@twin/hashi/power/sleepable.js';
import { Sleeper as PlainSleeper, type SleeperParts } from '@twin/hashi/power/sleeper.js';
import { TwinError } from '../errors.js';
import { told } from './failure.js';

/** A job that may sleep, and the service that it serves. */
export type Sleepable = { service: string; job: string };

/** Puts jobs to sleep and wakes them; what fails it throws as a TwinError: `TWIN_POWER_…`, `TWIN_NOMAD_…`, `TWIN_CONSUL_…`. */
export class Sleeper {
  readonly #plain: PlainSleeper;
  readonly #parts: SleeperParts;

  constructor(parts: SleeperParts) {
    this.#parts = parts;
    this.#plain = new PlainSleeper(parts);
  }

  sleep(jobId: string, by: string, signal: AbortSignal): Promise<PowerState> {
    return told(() => this.#plain.sleep(jobId, by, signal));
  }

  /** Callers that come while a service is being woken join the first one. */
  wake(service: string, by: string, signal: AbortSignal): Promise<PowerState> {
    return told(() => this.#plain.wake(service, by, signal));
  }

  /**
   * What people mean by a name: a job, a service, or an expert (`coding` is `llama-api-coding`).
   * @throws TwinError `TWIN_POWER_UNKNOWN`, `TWIN_POWER_NEVER`
   */
  find(name: string, signal: AbortSignal): Promise<Sleepable> {
    return told(async () => {
      const meant = (service: string): boolean => service === name || service === EXPERT_SERVICES + name;
      const entries = await this.#parts.consul.kv.list(POWER_PREFIX, { signal });
      for (const [service, { job }] of powerStates(entries))
        if (meant(service) || job === name) return { service, job };
      const { jobs } = this.#parts.nomad;
      const own = await jobs.read(name, { signal }).catch(unlessMissing);
      if (own !== undefined) return { service: sleepable(own), job: own.ID };
      for (const { ID, Type, Stop } of await jobs.list({ signal })) {
        if (Type !== 'service' || Stop) continue;
        const service = serviceOf(await jobs.read(ID, { signal }).catch(unlessMissing));
        if (service !== undefined && meant(service)) return { service, job: ID };
      }
      throw new TwinError('TWIN_POWER_UNKNOWN', `There is no expert or job called ${name} that may sleep.`, {
        next: 'The page Power shows those that there are.',
      });
    });
  }

  /** Ends what still watches for jobs to come up. */
  close(): Promise<void> {
    return this.#plain.close();
  }
}

function serviceOf(job: Job | undefined): string | undefined {
  try {
    return job && sleepable(job);
  } catch {
    return undefined;
  }
}

function unlessMissing(error: unknown): undefined {
  if (error instanceof HashiError && error.code === 'TWIN_NOMAD_MISSING') return undefined;
  throw error;
}
