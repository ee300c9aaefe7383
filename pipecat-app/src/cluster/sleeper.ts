import type { PowerState } from '@twin/hashi/power/power-kv.js';
import { Sleeper as PlainSleeper, type SleeperParts } from '@twin/hashi/power/sleeper.js';
import { told } from './failure.js';

/** Puts jobs to sleep and wakes them; what fails it throws as a TwinError: `TWIN_POWER_…`, `TWIN_NOMAD_…`, `TWIN_CONSUL_…`. */
export class Sleeper {
  readonly #plain: PlainSleeper;

  constructor(parts: SleeperParts) {
    this.#plain = new PlainSleeper(parts);
  }

  sleep(jobId: string, by: string, signal: AbortSignal): Promise<PowerState> {
    return told(() => this.#plain.sleep(jobId, by, signal));
  }

  /** Callers that come while a service is being woken join the first one. */
  wake(service: string, by: string, signal: AbortSignal): Promise<PowerState> {
    return told(() => this.#plain.wake(service, by, signal));
  }

  /** The service of a job that may sleep. */
  serviceOf(jobId: string, signal: AbortSignal): Promise<string> {
    return told(() => this.#plain.serviceOf(jobId, signal));
  }

  /** Ends what still watches for jobs to come up. */
  close(): Promise<void> {
    return this.#plain.close();
  }
}
