import type { Clock } from '@twin/hashi/clock.js';
import type { Consul } from '@twin/hashi/consul.js';
import { deadline } from '@twin/hashi/deadline.js';
import type { Nomad } from '@twin/hashi/nomad.js';
import { PowerError } from '@twin/hashi/power/power-error.js';
import { powerLockKey } from '@twin/hashi/power/power-kv.js';
import { neverSleeps, sleepable } from '@twin/hashi/power/sleepable.js';
import type { Sleeper, SleepOptions } from '@twin/hashi/power/sleeper.js';
import { drained } from './drain.js';

export type ActionParts = {
  sleeper: Pick<Sleeper, 'sleep' | 'wake' | 'mend'>;
  nomad: Pick<Nomad, 'jobs'>;
  consul: Pick<Consul, 'lock'>;
  clock: Clock;
  /** Name of the node, written to the keys. */
  node: string;
};

/** Whoever has the lock is done with it soon, or is gone and loses it. */
const LOCK_PATIENCE_MS = 60_000;
/** Every agent has heard of a change in Consul by then. */
const HEARD_MS = 1_000;
const LOCK = { ttlMs: 15_000, lockDelayMs: 1_000 };

/** What is done to jobs. Everything but waking happens under a lock of the service: agents of other nodes want the same. */
export class Actions {
  readonly #parts: ActionParts;
  readonly #jobs = new Map<string, string>();
  readonly #how: SleepOptions;

  constructor(parts: ActionParts) {
    this.#parts = parts;
    const { clock } = parts;
    this.#how = {
      drain: (instances, signal) => drained(instances, clock, signal),
      hold: (signal) => clock.sleep(HEARD_MS, signal),
    };
  }

  /**
   * Lock, state, drain, no instances any more.
   * @throws PowerError, HashiError
   */
  sleep(service: string, signal: AbortSignal): Promise<void> {
    return this.#locked(service, signal, async (held) => {
      const { sleeper, node } = this.#parts;
      const job = await this.jobOf(service, held);
      if (job === undefined) {
        throw new PowerError('TWIN_POWER_STATE', `Nomad has no job for ${service}.`, {
          next: 'Start the service by Nomad, so that it can be stopped and started.',
        });
      }
      await sleeper.sleep(job, `power-agent ${node}`, held, this.#how);
    });
  }

  /** Many agents and gateways may want it at once; one starts it. */
  async wake(service: string, why: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#parts.sleeper.wake(service, `power-agent ${this.#parts.node}: ${why}`, signal);
    } catch (error) {
      // Somebody else was faster, which is what was wanted.
      if (!(error instanceof PowerError) || !['TWIN_POWER_AWAKE', 'TWIN_POWER_BUSY'].includes(error.code)) throw error;
    }
  }

  /** Finishes what somebody left half done. */
  mend(service: string, signal: AbortSignal): Promise<void> {
    return this.#locked(service, signal, async (held) => {
      await this.#parts.sleeper.mend(service, held, this.#how);
    });
  }

  /** The job that serves a service; undefined when Nomad knows none. */
  async jobOf(service: string, signal: AbortSignal): Promise<string | undefined> {
    const known = this.#jobs.get(service);
    if (known !== undefined) return known;
    for (const { ID, Type, Stop } of await this.#parts.nomad.jobs.list({ signal })) {
      if (Type !== 'service' || Stop || neverSleeps(ID)) continue;
      const served = serviceOf(await this.#parts.nomad.jobs.read(ID, { signal }));
      if (served !== undefined) this.#jobs.set(served, ID);
    }
    return this.#jobs.get(service);
  }

  async #locked(service: string, signal: AbortSignal, work: (held: AbortSignal) => Promise<void>): Promise<void> {
    const { consul, node } = this.#parts;
    const late = new PowerError('TWIN_POWER_BUSY', `Another agent has the lock of ${service}.`, {
      next: 'Nothing: it is tried again.',
      retryable: true,
    });
    const waiting = deadline([signal], { ms: LOCK_PATIENCE_MS, late: () => late });
    const lock = await consul
      .lock(powerLockKey(service), waiting.signal, { ...LOCK, value: node })
      .finally(waiting.end);
    const held = deadline([signal, lock.lost]);
    try {
      await work(held.signal);
    } finally {
      held.end();
      await lock.release();
    }
  }
}

function serviceOf(job: Parameters<typeof sleepable>[0]): string | undefined {
  try {
    return sleepable(job);
  } catch {
    return undefined;
  }
}
