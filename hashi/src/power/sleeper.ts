import type { ServiceInstance } from '../consul/instance.js';
import type { Consul } from '../consul.js';
import { HashiError } from '../errors.js';
import { type Job, job as jobSchema } from '../nomad/job.js';
import type { Nomad } from '../nomad.js';
import { PowerError } from './power-error.js';
import { type PowerState, parsed, specKey } from './power-kv.js';
import { countsOf, sleepable } from './sleepable.js';
import { StateStore } from './state-store.js';

/** A job that takes longer to come up is woken anew. */
const LONGEST_START_MS = 600_000;
const HOUR_MS = 3_600_000;

export type SleeperParts = {
  nomad: Pick<Nomad, 'jobs'>;
  consul: Pick<Consul, 'kv' | 'watchService'>;
  /** Wall clock, ms since 1970. */
  now: () => number;
};

export type SleepOptions = {
  /** Ends when none of the instances has work any more; what it throws leaves the job awake. */
  drain?: (instances: readonly ServiceInstance[], signal: AbortSignal) => Promise<void>;
  /** Called before the instances end; ends when everybody who holds connections to their ports may have heard of it. */
  hold?: (signal: AbortSignal) => Promise<void>;
};

/**
 * Puts the job behind a service to sleep and wakes it, by scaling its groups in Nomad. The counts it had are kept in
 * Consul, with check-and-set: of two that change the state at once one is refused. What a killed process left half done
 * `mend` finishes.
 */
export class Sleeper {
  readonly #parts: SleeperParts;
  readonly #states: StateStore;
  readonly #waking = new Map<string, Promise<PowerState>>();
  readonly #settling = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();

  constructor(parts: SleeperParts) {
    this.#parts = parts;
    this.#states = new StateStore(parts.consul.kv);
  }

  /** @throws PowerError `TWIN_POWER_NEVER`, `TWIN_POWER_BUSY`, `TWIN_POWER_ASLEEP`; HashiError */
  async sleep(jobId: string, by: string, signal: AbortSignal, options: SleepOptions = {}): Promise<PowerState> {
    const { nomad, consul, now } = this.#parts;
    const job = await nomad.jobs.read(jobId, { signal });
    const service = sleepable(job);
    const kept = await this.#states.read(service, signal);
    if (kept.state !== undefined && kept.state.state !== 'awake') throw already(jobId, kept.state.state);
    const counts = countsOf(job);
    if (job.Stop || Object.keys(counts).length === 0) throw already(jobId, 'stopped');
    const instances = await this.#instancesOf(service, signal);
    const nodes = [...new Set(instances.map(({ node }) => node))];
    const state: PowerState = {
      state: 'asleep',
      job: job.ID,
      namespace: job.Namespace ?? 'default',
      counts,
      ports: [...new Set(instances.map(({ port }) => port))],
      nodes,
      workers: (await this.#nodesOf(job, signal)).filter((node) => !nodes.includes(node)),
      stopping: true,
      slept: [...(kept.state?.slept ?? []).filter((at) => now() - at < HOUR_MS), now()],
      at: now(),
      by,
    };
    await consul.kv.put(specKey(service), JSON.stringify(job), { signal });
    await this.#states.write(service, state, kept.index, signal);
    const { stopping: _, ...asleep } = state;
    try {
      await this.#goDown(service, state, instances, options, signal);
    } catch (error) {
      // It is not asleep: whoever looks at the key must not believe so. A state that somebody else wrote stays.
      const awake: PowerState = { ...asleep, state: 'awake', at: now() };
      await this.#rewrite(service, awake, new AbortController().signal).catch(() => {});
      throw error;
    }
    await this.#slept(service, asleep, signal);
    return asleep;
  }

  /**
   * Wakes the job of a service; callers that come while it is being woken join the first one.
   * @throws PowerError `TWIN_POWER_AWAKE` when it does not sleep
   */
  wake(service: string, by: string, signal: AbortSignal): Promise<PowerState> {
    let waking = this.#waking.get(service);
    if (waking === undefined) {
      waking = this.#wake(service, by).finally(() => this.#waking.delete(service));
      this.#waking.set(service, waking);
    }
    return unlessAborted(waking, signal);
  }

  /**
   * Finishes what another process began and did not end: instances that still run though it sleeps, a wake whose job was
   * never started, or that came up unseen. A job that somebody started by hand counts as awake. Does nothing to what this
   * process is busy with.
   */
  async mend(service: string, signal: AbortSignal, options: SleepOptions = {}): Promise<PowerState | undefined> {
    const { state, index } = await this.#states.read(service, signal);
    if (state === undefined || state.state === 'awake' || this.#waking.has(service) || this.#settling.has(service))
      return state;
    if (state.state === 'waking') {
      await this.#start(service, state, signal);
      this.#watch(service, state);
      return state;
    }
    const job = await this.#jobOf(state, signal);
    const runs = job !== undefined && !job.Stop && Object.keys(countsOf(job)).length > 0;
    if (!runs && !state.stopping) return state;
    const { stopping, drained: _, ...settled } = state;
    if (runs && stopping) {
      await this.#goDown(service, state, await this.#instancesOf(service, signal), options, signal);
      await this.#slept(service, settled, signal);
      return settled;
    }
    const mended: PowerState = runs ? { ...settled, state: 'awake', at: this.#parts.now(), by: 'hand' } : settled;
    await this.#states.write(service, mended, index, signal);
    return mended;
  }

  /** The service of a job that may sleep. */
  async serviceOf(jobId: string, signal: AbortSignal): Promise<string> {
    return sleepable(await this.#parts.nomad.jobs.read(jobId, { signal }));
  }

  /** Ends what still watches for jobs to come up. */
  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([...this.#waking.values(), ...this.#settling.values()]);
  }

  async #wake(service: string, by: string): Promise<PowerState> {
    const { signal } = this.#stop;
    const { state, index } = await this.#states.read(service, signal);
    if (state === undefined || state.state === 'awake') {
      throw new PowerError('TWIN_POWER_AWAKE', `${service} does not sleep.`, { next: 'Nothing needs to be woken.' });
    }
    // It was started by us and is still coming up.
    if (this.#settling.has(service)) return state;
    const job = await this.#jobOf(state, signal);
    if (job !== undefined && sleepable(job) !== service) {
      throw new PowerError('TWIN_POWER_STATE', `The job ${state.job} is not the one of ${service}.`, {
        next: 'Correct the key in Consul, or start the job by hand.',
      });
    }
    const { stopping: _, drained: __, ...rest } = state;
    const nap = state.state === 'asleep' ? { at: state.at, by: state.by } : state.nap;
    const waking: PowerState = { ...rest, state: 'waking', at: this.#parts.now(), by, nap };
    await this.#states.write(service, waking, index, signal);
    await this.#start(service, waking, signal);
    this.#watch(service, waking);
    return waking;
  }

  /** Drains, lets everybody hold the ports, and ends the instances. */
  async #goDown(
    service: string,
    state: PowerState,
    instances: readonly ServiceInstance[],
    { drain, hold }: SleepOptions,
    signal: AbortSignal,
  ): Promise<void> {
    await drain?.(instances, signal);
    if (hold !== undefined) {
      await this.#rewrite(service, { ...state, drained: true }, signal);
      await hold(signal);
    }
    const now = await this.#states.read(service, signal);
    if (now.state?.state !== 'asleep') throw woken(service);
    const { job, namespace, counts } = state;
    for (const group of Object.keys(counts))
      await this.#parts.nomad.jobs.scale(job, group, 0, { namespace, signal, message: 'power' });
  }

  async #slept(service: string, asleep: PowerState, signal: AbortSignal): Promise<void> {
    try {
      await this.#rewrite(service, asleep, signal);
    } catch (error) {
      // Woken while it was scaled: whoever woke it may have done so before.
      const { state: other } = await this.#states.read(service, signal);
      if (other?.state === 'waking') await this.#start(service, other, signal);
      throw error;
    }
  }

  /** Changes the state of a service that is still asleep. */
  async #rewrite(service: string, next: PowerState, signal: AbortSignal): Promise<void> {
    const { state, index } = await this.#states.read(service, signal);
    if (state?.state !== 'asleep') throw woken(service);
    await this.#states.write(service, next, index, signal);
  }

  /** Gives the job its instances back, and the job itself when Nomad has forgotten it. Doing it twice is doing it once. */
  async #start(service: string, state: PowerState, signal: AbortSignal): Promise<void> {
    const job = await this.#jobOf(state, signal);
    if (job === undefined || job.Stop) return this.#register(service, state, job, signal);
    for (const { Name, Count } of job.TaskGroups) {
      const wanted = state.counts[Name];
      if (wanted === undefined || Count === wanted) continue;
      await this.#parts.nomad.jobs.scale(job.ID, Name, wanted, {
        namespace: state.namespace,
        signal,
        message: 'power',
      });
    }
  }

  async #register(service: string, state: PowerState, stopped: Job | undefined, signal: AbortSignal): Promise<void> {
    const { nomad, consul } = this.#parts;
    const entry = await consul.kv.get(specKey(service), { signal });
    const spec = jobSchema.safeParse(parsed(entry?.value ?? ''));
    const job = stopped ?? (spec.success ? spec.data : undefined);
    if (job === undefined) {
      throw new PowerError('TWIN_POWER_STATE', `Nomad has forgotten the job ${state.job}, and Consul has no copy.`, {
        next: 'Deploy the job again.',
      });
    }
    const groups = job.TaskGroups.map((group) => ({ ...group, Count: state.counts[group.Name] ?? 0 }));
    await nomad.jobs.register({ ...job, Stop: false, TaskGroups: groups }, { signal });
  }

  #watch(service: string, waking: PowerState): void {
    const settling = this.#settle(service, waking).finally(() => this.#settling.delete(service));
    this.#settling.set(service, settling);
  }

  /** It is awake when an instance answers. Until then questions for it wait instead of going elsewhere. */
  async #settle(service: string, waking: PowerState): Promise<void> {
    const signal = AbortSignal.any([this.#stop.signal, AbortSignal.timeout(LONGEST_START_MS)]);
    try {
      for await (const instances of this.#parts.consul.watchService(service, signal)) {
        if (!instances.some(({ passing }) => passing)) continue;
        const { state, index } = await this.#states.read(service, signal);
        const awake: PowerState = { ...waking, state: 'awake', at: this.#parts.now() };
        if (state?.state === 'waking') await this.#states.write(service, awake, index, signal);
        return;
      }
    } catch {
      // The key stays at `waking`: the next question wakes it once more.
    }
  }

  /** Undefined when Nomad knows no such job. */
  async #jobOf({ job, namespace }: PowerState, signal: AbortSignal): Promise<Job | undefined> {
    try {
      return await this.#parts.nomad.jobs.read(job, { namespace, signal });
    } catch (error) {
      if (error instanceof HashiError && error.code === 'TWIN_NOMAD_MISSING') return undefined;
      throw error;
    }
  }

  /** Nodes on which any part of a job runs. */
  async #nodesOf({ ID, Namespace }: Job, signal: AbortSignal): Promise<string[]> {
    const namespace = Namespace ?? 'default';
    const allocations = await this.#parts.nomad.jobs.allocations(ID, { namespace, signal });
    const running = allocations.filter(({ ClientStatus }) => ClientStatus === 'running');
    return [...new Set(running.flatMap(({ NodeName }) => (NodeName ? [NodeName] : [])))];
  }

  async #instancesOf(service: string, signal: AbortSignal): Promise<ServiceInstance[]> {
    const stop = new AbortController();
    for await (const found of this.#parts.consul.watchService(service, AbortSignal.any([signal, stop.signal]))) {
      stop.abort();
      return found;
    }
    return [];
  }
}

const already = (job: string, what: string): PowerError =>
  new PowerError('TWIN_POWER_ASLEEP', `The job ${job} is ${what} already.`, { next: 'Wake it, or leave it.' });

const woken = (service: string): PowerError =>
  new PowerError('TWIN_POWER_BUSY', `${service} was woken before it slept.`, { next: 'Let it work.', retryable: true });

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
