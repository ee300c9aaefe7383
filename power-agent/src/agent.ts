import type { Clock } from '@twin/hashi/clock.js';
import type { Consul } from '@twin/hashi/consul.js';
import { type PowerSeen, parsed, powerSeen, seenKey } from '@twin/hashi/power/power-kv.js';
import type { Logger } from 'pino';
import type { Actions } from './actions.js';
import { Aims, sleptOn } from './aims.js';
import type { Board } from './board.js';
import type { Config } from './config.js';
import { working } from './drain.js';
import type { Energy, Rapl } from './energy.js';
import type { Knocks } from './knocks.js';
import type { Metrics } from './metrics.js';
import { type Decision, decide, type ServiceView, type Verdict, type WakeOrder } from './policy.js';
import type { Probe, ProbeEvent, Syn } from './probe-event.js';
import { Sight } from './sight.js';
import { surroundings, timeOfDay } from './surroundings.js';
import type { Sample } from './traffic.js';

export type AgentParts = {
  config: Config;
  probe: Probe;
  board: Board;
  actions: Pick<Actions, 'sleep' | 'wake' | 'mend' | 'jobOf'>;
  consul: Pick<Consul, 'kv' | 'watchServices'>;
  energy: Energy;
  meter: Pick<Rapl, 'watts'>;
  listening: () => Promise<ReadonlySet<number>>;
  knocks: Knocks;
  clock: Clock;
  /** Wall clock, ms since 1970. */
  now: () => number;
  metrics: Metrics;
  log: Logger;
};

/** How often other nodes are told what is seen here. */
const TELL_MS = 10_000;
/** What stays half done for so long, its author has left. */
const MEND_MS = 15_000;
const KEEP_MS = 60_000;

/** The loop of one node: looks, decides, acts. One decision of a service is carried out at a time. */
export class PowerAgent {
  readonly #parts: AgentParts;
  readonly #sight: Sight;
  readonly #aims: Aims;
  readonly #busy = new Map<string, Promise<void>>();
  readonly #orders = new Map<string, WakeOrder>();
  readonly #verdicts = new Map<string, Verdict>();
  readonly #mended = new Map<string, number>();
  #listed: readonly string[] = [];
  #told = Number.NEGATIVE_INFINITY;
  #saved: number;

  constructor(parts: AgentParts) {
    this.#parts = parts;
    this.#sight = new Sight(parts);
    this.#aims = new Aims(parts.board, parts.config.TWIN_NODE);
    this.#saved = parts.now();
  }

  /** Works until `signal` aborts, and returns when nothing of it is under way any more. */
  async run(signal: AbortSignal): Promise<void> {
    const { board, consul, probe, log } = this.#parts;
    const own = new AbortController();
    const either = AbortSignal.any([signal, own.signal]);
    const onChange = (): void => {
      this.#noteListed();
      void this.#aim().catch((error: Error) => log.debug(error.message));
    };
    const looking = async (): Promise<void> => {
      for await (const event of probe.events(either)) await this.#take(event, either);
    };
    // When one of them fails the other one ends, too.
    const both = [board.follow(consul, either, onChange), looking()].map((part) => part.finally(() => own.abort()));
    await Promise.allSettled(both);
    await Promise.allSettled([...this.#busy.values()]);
    await Promise.all(both);
  }

  /** Whether the traffic is seen now. */
  sees(): boolean {
    return this.#sight.sees();
  }

  verdicts(): Verdict[] {
    return [...this.#verdicts.values()];
  }

  async #take(event: ProbeEvent, signal: AbortSignal): Promise<void> {
    const { board, log } = this.#parts;
    if (event.kind === 'trouble') log.warn({ code: event.error.code }, event.error.message);
    else if (event.kind === 'syn') this.#knocked(event.syn, signal);
    else if (board.known) await this.#tick(event.sample, signal);
  }

  /** Somebody connects to a port of a service that sleeps. */
  #knocked(syn: Syn, signal: AbortSignal): void {
    const { board, metrics, config, knocks, clock } = this.#parts;
    const { port, source } = syn;
    metrics.syn(syn.held);
    for (const service of board.names()) {
      const { state } = board.entry(service);
      if (state?.state !== 'asleep' || !state.ports.includes(port) || !sleptOn(state.nodes, config.TWIN_NODE)) continue;
      // As long as Consul lists an instance it checks it, too. Whoever really wants it is held and tries again.
      const listed = board.instances(service).some(({ node }) => node === config.TWIN_NODE);
      if (listed) knocks.listed(service, clock.now());
      if (!knocks.wants(service, syn, clock.now()) || state.stopping || listed) continue;
      this.#orders.set(service, { by: 'syn', detail: `${source} connects to its port ${port}` });
      this.#decide(service, signal);
    }
  }

  async #tick(sample: Sample, signal: AbortSignal): Promise<void> {
    const { board, config, energy, meter, metrics, now } = this.#parts;
    await this.#aim();
    const names = board.names();
    this.#sight.observe(names, sample);
    for (const known of [this.#verdicts, this.#orders, this.#mended])
      for (const service of known.keys()) if (!names.includes(service)) known.delete(service);
    const here = names.filter((name) => board.instances(name).some(({ node }) => node === config.TWIN_NODE));
    for (const [service, count] of this.#sight.requests()) energy.answered(service, count);
    energy.tick(now(), here, this.#sight.works(), await meter.watts(now()));
    await this.#tell(here, signal);
    for (const service of names) {
      this.#schedule(service);
      this.#mend(service, signal);
      this.#decide(service, signal);
    }
    const used = energy.used(now());
    metrics.tick({
      sample,
      verdicts: this.verdicts(),
      used,
      services: energy.services,
      perAnswer: energy.perAnswer(),
      sees: this.sees(),
    });
    await this.#save(signal);
  }

  async #aim(): Promise<void> {
    const { board, probe, listening, now } = this.#parts;
    if (board.known) await probe.aim(this.#aims.take(await listening(), now()));
  }

  /** Called at every change: between two of them what was listed stays listed. */
  #noteListed(): void {
    const { board, clock, config, knocks } = this.#parts;
    for (const service of this.#listed) knocks.listed(service, clock.now());
    const here = (name: string): boolean => board.instances(name).some(({ node }) => node === config.TWIN_NODE);
    this.#listed = board.names().filter(here);
  }

  /** One agent decides for all nodes that have an instance: that of the first one. */
  #decides(service: string): boolean {
    const { board, config } = this.#parts;
    const { state } = board.entry(service);
    if (state !== undefined && state.state !== 'awake')
      return sleptOn(state.nodes, config.TWIN_NODE) || state.nodes.every((node) => board.isOff(node));
    const nodes = board.instances(service).map(({ node }) => node);
    return nodes.sort()[0] === config.TWIN_NODE;
  }

  async #tell(here: readonly string[], signal: AbortSignal): Promise<void> {
    const { config, clock } = this.#parts;
    if (clock.now() - this.#told < TELL_MS) return;
    this.#told = clock.now();
    for (const service of here) {
      const seen = this.#sight.seen(service);
      if (seen !== undefined && !this.#decides(service))
        await this.#put(seenKey(service, config.TWIN_NODE), JSON.stringify(seen), signal);
    }
  }

  #schedule(service: string): void {
    const { board, now } = this.#parts;
    const { policy, state } = board.entry(service);
    const time = timeOfDay(now());
    if (policy?.wake_at === time && state?.state === 'asleep' && now() - state.at > 60_000)
      this.#orders.set(service, { by: 'schedule', detail: `it is ${time}` });
  }

  #decide(service: string, signal: AbortSignal): void {
    if (this.#decides(service)) this.#inBackground(service, () => this.#carryOut(service, signal), signal);
    // Another agent says why from now on.
    else this.#verdicts.delete(service);
  }

  async #carryOut(service: string, signal: AbortSignal): Promise<void> {
    const { actions, board, log, metrics } = this.#parts;
    const order = this.#orders.get(service);
    this.#orders.delete(service);
    const view = this.#view(service, order ? [order] : []);
    let decision = this.#judge(view);
    if (decision.act === 'sleep') {
      // Only now what costs a request or two: it is asked of other nodes and of the instances.
      const job = (await actions.jobOf(service, signal)) ?? '';
      const nodes = await this.#allSeen(service, view, signal);
      decision = this.#judge({ ...view, job, nodes, working: await working(board.instances(service), signal) });
    }
    if (decision.act === 'keep') return;
    log.info({ service, reason: decision.reason }, decision.act);
    if (decision.act === 'sleep') await actions.sleep(service, signal);
    else await actions.wake(service, decision.reason, signal);
    metrics.acted(decision.act, order?.by ?? 'policy');
  }

  #judge(view: ServiceView): Decision {
    const { config, energy, now } = this.#parts;
    const decision = decide(view, surroundings(config, now(), energy.used(now())));
    const { service, state, idleSeconds } = view;
    this.#verdicts.set(service, { service, state, idleSeconds, ...decision });
    return decision;
  }

  #view(service: string, orders: readonly WakeOrder[]): ServiceView {
    const { board, config, now } = this.#parts;
    const { state, policy, leases } = board.entry(service);
    const nodes = new Map<string, PowerSeen | undefined>();
    // Those of others are taken for as idle as can be until they are asked.
    for (const { node } of board.instances(service))
      nodes.set(node, node === config.TWIN_NODE ? this.#sight.seen(service) : { at: now(), worked: 0, sees: true });
    return {
      service,
      job: state?.job ?? '',
      state: state?.state ?? 'awake',
      since: state?.at ?? 0,
      idleSeconds: this.#sight.idleSeconds(service),
      policy: policy ?? {},
      leases,
      nodes,
      working: 0,
      orders,
      slept: state?.slept ?? [],
    };
  }

  async #allSeen(service: string, { nodes }: ServiceView, signal: AbortSignal): Promise<ServiceView['nodes']> {
    const { consul, config } = this.#parts;
    const others = [...nodes.keys()].filter((node) => node !== config.TWIN_NODE);
    if (others.length === 0) return nodes;
    const entries = await consul.kv.list(seenKey(service), { signal });
    const told = new Map(entries.map(({ key, value }) => [key, powerSeen.safeParse(parsed(value)).data]));
    return new Map([...nodes, ...others.map((node) => [node, told.get(seenKey(service, node))] as const)]);
  }

  /** Finishes what a killed agent, or a killed gateway, left half done. */
  #mend(service: string, signal: AbortSignal): void {
    const { board, actions, clock, now } = this.#parts;
    const { state } = board.entry(service);
    if (state === undefined || state.state === 'awake' || !this.#decides(service)) return;
    const runs = board.instances(service).some(({ passing }) => passing);
    const halfDone = state.stopping || state.state === 'waking' || runs;
    const last = this.#mended.get(service) ?? Number.NEGATIVE_INFINITY;
    if (!halfDone || now() - state.at < MEND_MS || clock.now() - last < MEND_MS) return;
    this.#mended.set(service, clock.now());
    this.#inBackground(service, () => actions.mend(service, signal), signal);
  }

  /** Unless something is still done about the service. */
  #inBackground(service: string, work: () => Promise<void>, signal: AbortSignal): void {
    if (this.#busy.has(service)) return;
    const done = work()
      .catch((error: Error & { code?: string }) => {
        if (!signal.aborted) this.#parts.log.warn({ service, code: error.code }, error.message);
      })
      .finally(() => this.#busy.delete(service));
    this.#busy.set(service, done);
  }

  async #save(signal: AbortSignal): Promise<void> {
    const { energy, config, now } = this.#parts;
    if (now() - this.#saved < KEEP_MS) return;
    this.#saved = now();
    await this.#put(energyKey(config.TWIN_NODE), energy.text(), signal);
  }

  /** What is told again soon may fail now. */
  async #put(key: string, value: string, signal: AbortSignal): Promise<void> {
    const { consul, log } = this.#parts;
    await consul.kv.put(key, value, { signal }).catch((error: Error) => log.debug(error.message));
  }
}

/** Where the ledger of a node outlives its agent. */
export const energyKey = (node: string): string => `pipecat/resources/energy/${node}`;
