import type { Consul } from '../consul.js';
import { PowerError } from './power-error.js';
import { type PowerState, parsed, powerState, stateKey } from './power-kv.js';

/** A state with what a check-and-set compares; index 0: there is none. */
export type Kept = { state: PowerState | undefined; index: number };

/** The states of services in Consul. */
export class StateStore {
  constructor(private readonly kv: Consul['kv']) {}

  async read(service: string, signal: AbortSignal): Promise<Kept> {
    const entry = await this.kv.get(stateKey(service), { signal });
    const read = powerState.safeParse(parsed(entry?.value ?? ''));
    return { state: read.success ? read.data : undefined, index: entry?.modifyIndex ?? 0 };
  }

  /**
   * Writes it while nobody else has changed it since `cas`; left out: whatever is there.
   * @throws PowerError `TWIN_POWER_BUSY`
   */
  async write(service: string, state: PowerState, cas: number | undefined, signal: AbortSignal): Promise<void> {
    const how = cas === undefined ? { signal } : { signal, cas };
    if (await this.kv.put(stateKey(service), JSON.stringify(state), how)) return;
    throw new PowerError('TWIN_POWER_BUSY', `Somebody else is changing ${service} at this moment.`, {
      next: 'Look at its state and decide again.',
      retryable: true,
    });
  }
}
