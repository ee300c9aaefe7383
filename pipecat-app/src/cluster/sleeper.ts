import type { Consul } from '@twin/hashi/consul.js';
import type { Job } from '@twin/hashi/nomad/job.js';
import type { Nomad } from '@twin/hashi/nomad.js';
import { TwinError } from '../errors.js';
import { EXPERT_PREFIX } from '../experts/service-table.js';
import { told } from './failure.js';
import { type PowerState, parsed, powerState, stateKey } from './power-kv.js';

/** Tag of a service, or meta of a job, that may be put to sleep. */
export const POWER_MANAGED = 'power-managed';
/** A job that takes longer to come up is woken anew. */
const LONGEST_START_MS = 600_000;
/** They hold the cluster and the agent up. */
const NEVER = /^(pipecat-app|consul|nomad)([-_.].*)?$/i;

export type SleeperParts = {
  nomad: Nomad;
  consul: Pick<Consul, 'kv' | 'watchService'>;
  /** Wall clock, ms since 1970. */
  now: () => number;
};

/**
 * Puts the job behind a service to sleep and wakes it, by scaling its groups in Nomad. The counts it had are kept in
 * Consul, with check-and-set: of two that change the state at once one is refused.
 */
export class Sleeper {
  readonly #parts: SleeperParts;
  readonly #waking = new Map<string, Promise<PowerState>>();
  readonly #settling = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(parts: SleeperParts) {
    this.#parts = parts;
  }

  /** @throws TwinError `TWIN_POWER_NEVER`, `TWIN_POWER_BUSY`, `TWIN_POWER_ASLEEP`, `TWIN_NOMAD_…`, `TWIN_CONSUL_…` */
  sleep(jobId: string, by: string, signal: AbortSignal): Promise<PowerState> {
    return told(async () => {
      const { nomad } = this.#parts;
      const job = await nomad.jobs.read(jobId, { signal });
      const service = sleepable(job);
      const kept = await this.#read(service, signal);
      if (kept.state !== undefined && kept.state.state !== 'awake') throw already(jobId, kept.state.state);
      const counts = countsOf(job);
      if (job.Stop || Object.values(counts).every((count) => count === 0)) throw already(jobId, 'stopped');
      const ports = await this.#portsOf(service, signal);
      const state = this.#state(job, 'asleep', { counts, ports, by });
      await this.#write(service, state, kept.index, signal);
      try {
        await this.#scale(state, (group) => (group in counts ? 0 : undefined), signal);
      } catch (error) {
        // It is not asleep: whoever looks at the key must not believe so.
        await this.#write(service, { ...state, state: 'awake' }, undefined, new AbortController().signal).catch(
          () => {},
        );
        throw error;
      }
      return state;
    });
  }

  /**
   * Wakes the job of a service; callers that come while it is being woken join the first one.
   * @throws TwinError `TWIN_POWER_AWAKE` when it does not sleep
   */
  wake(service: string, by: string, signal: AbortSignal): Promise<PowerState> {
    let waking = this.#waking.get(service);
    if (waking === undefined) {
      waking = told(() => this.#wake(service, by)).finally(() => this.#waking.delete(service));
      this.#waking.set(service, waking);
    }
    return unlessAborted(waking, signal);
  }

  /** The service of a job that may sleep. */
  async serviceOf(jobId: string, signal: AbortSignal): Promise<string> {
    return told(async () => sleepable(await this.#parts.nomad.jobs.read(jobId, { signal })));
  }

  /** Ends what still watches for jobs to come up. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([...this.#waking.values(), ...this.#settling.values()]);
  }

  async #wake(service: string, by: string): Promise<PowerState> {
    const { signal } = this.#stop;
    const { state, index } = await this.#read(service, signal);
    if (state === undefined || state.state === 'awake') {
      throw new TwinError('TWIN_POWER_AWAKE', `${service} does not sleep.`, { next: 'Nothing needs to be woken.' });
    }
    // It was started by us and is still coming up.
    if (this.#settling.has(service)) return state;
    const job = await this.#parts.nomad.jobs.read(state.job, { signal, namespace: state.namespace });
    if (sleepable(job) !== service) {
      throw new TwinError('TWIN_POWER_STATE', `The job ${state.job} is not the one of ${service}.`, {
        next: 'Correct the key in Consul, or start the job by hand.',
      });
    }
    const waking: PowerState = { ...state, state: 'waking', at: this.#parts.now(), by };
    await this.#write(service, waking, index, signal);
    await this.#scale(state, (group) => state.counts[group], signal);
    const settling = this.#settle(service, waking).finally(() => this.#settling.delete(service));
    this.#settling.set(service, settling);
    return waking;
  }

  /** It is awake when an instance answers. Until then questions for it wait instead of going elsewhere. */
  async #settle(service: string, waking: PowerState): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(LONGEST_START_MS)]);
    try {
      for await (const instances of this.#parts.consul.watchService(service, signal)) {
        if (!instances.some(({ passing }) => passing)) continue;
        const { state, index } = await this.#read(service, signal);
        const awake: PowerState = { ...waking, state: 'awake', at: this.#parts.now() };
        if (state?.state === 'waking') await this.#write(service, awake, index, signal);
        return;
      }
    } catch {
      // The key stays at `waking`: the next question wakes it once more.
    }
  }

  async #scale(
    { job, namespace, counts }: PowerState,
    countOf: (group: string) => number | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    for (const group of Object.keys(counts)) {
      const count = countOf(group);
      if (count === undefined) continue;
      await this.#parts.nomad.jobs.scale(job, group, count, { namespace, signal, message: 'power' });
    }
  }

  #state(job: Job, state: PowerState['state'], more: Pick<PowerState, 'counts' | 'ports' | 'by'>): PowerState {
    return { state, job: job.ID, namespace: job.Namespace ?? 'default', at: this.#parts.now(), ...more };
  }

  async #portsOf(service: string, signal: AbortSignal): Promise<number[]> {
    const stop = new AbortController();
    for await (const instances of this.#parts.consul.watchService(service, AbortSignal.any([signal, stop.signal]))) {
      stop.abort();
      return [...new Set(instances.map(({ port }) => port))];
    }
    return [];
  }

  async #read(service: string, signal: AbortSignal): Promise<{ state: PowerState | undefined; index: number }> {
    const entry = await this.#parts.consul.kv.get(stateKey(service), { signal });
    const read = powerState.safeParse(parsed(entry?.value ?? ''));
    return { state: read.success ? read.data : undefined, index: entry?.modifyIndex ?? 0 };
  }

  async #write(service: string, state: PowerState, cas: number | undefined, signal: AbortSignal): Promise<void> {
    const how = cas === undefined ? { signal } : { signal, cas };
    if (await this.#parts.consul.kv.put(stateKey(service), JSON.stringify(state), how)) return;
    throw new TwinError('TWIN_POWER_BUSY', `Somebody else is changing ${service} at this moment.`, {
      next: 'Look at its state and decide again.',
      retryable: true,
    });
  }
}

/**
 * The service that a job serves: the tagged one, or that of an expert.
 * @throws TwinError `TWIN_POWER_NEVER`
 */
function sleepable(job: Job): string {
  const services = job.TaskGroups.flatMap((group) => [group, ...group.Tasks].flatMap(servicesOf));
  const announced = job.TaskGroups.flatMap(({ Tasks }) => Tasks.map(({ Env }) => Env.TWIN_SERVICE ?? ''));
  const service =
    services.find(({ Tags }) => Tags.includes(POWER_MANAGED))?.Name ??
    announced.find((name) => name.startsWith(EXPERT_PREFIX)) ??
    services.find(({ Name }) => Name.startsWith(EXPERT_PREFIX))?.Name;
  const kinds = job.Type === 'service' || job.Type === undefined || job.Type === null;
  if (service !== undefined && kinds && !NEVER.test(job.ID) && !NEVER.test(service)) return service;
  throw new TwinError('TWIN_POWER_NEVER', `The job ${job.ID} never sleeps: it is no expert and not ${POWER_MANAGED}.`, {
    next: `Tag its service ${POWER_MANAGED} if it may sleep.`,
  });
}

function servicesOf(holder: object): { Name: string; Tags: string[] }[] {
  const { Services } = holder as { Services?: { Name?: string; Tags?: string[] | null }[] | null };
  return (Services ?? []).map(({ Name = '', Tags }) => ({ Name, Tags: Tags ?? [] }));
}

const countsOf = (job: Job): Record<string, number> =>
  Object.fromEntries(job.TaskGroups.flatMap(({ Name, Count }) => ((Count ?? 0) > 0 ? [[Name, Count ?? 0]] : [])));

const already = (job: string, what: string): TwinError =>
  new TwinError('TWIN_POWER_ASLEEP', `The job ${job} is ${what} already.`, { next: 'Wake it, or leave it.' });

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
