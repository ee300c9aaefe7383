import type { Clock } from '@twin/hashi/clock.js';
import type { PowerAgentError } from './errors.js';
import { watchedInterfaces } from './interfaces.js';
import { Loader, type LoaderCommand, type LoaderOrder } from './loader.js';
import { Mailbox } from './mailbox.js';
import type { PortMode, Probe, ProbeEvent } from './probe-event.js';
import { OWN_ADDRESS, SOURCE_CLASSES, type SourceClass } from './traffic.js';

export type BpfSettings = {
  tickMs: number;
  /** Prefixes of the cluster's networks, for example `10.0.0.0/8`. */
  clusterNetworks: readonly string[];
  /** Classes of sources whose SYNs wake a service and are held. */
  wakeClasses: readonly SourceClass[];
  /** How payloads begin that are health checks or scrapes. */
  probes: readonly string[];
  /** Interfaces to look at; left out: all that packets come in by. */
  interfaces?: readonly string[];
};

/** How payloads of any other HTTP request begin. */
const REQUESTS = ['GET ', 'POST ', 'PUT ', 'PATCH ', 'DELETE '];
const LOOPBACK = ['127.0.0.0/8', '::1/128'];
const [PROBE, REQUEST] = [1, 2];
/** Interfaces come and go with jobs. */
const LOOK_AGAIN_MS = 10_000;
const START_AGAIN_MS = 1_000;

/** Counts in the kernel. When the loader dies it is started again, and goes on with the counts where they are pinned. */
export class BpfProbe implements Probe {
  readonly source = 'bpf';
  readonly sees = true;
  readonly words = 'BPF counts the packets of every interface.';
  readonly #command: LoaderCommand;
  readonly #settings: BpfSettings & { clock: Clock };
  readonly #box: Mailbox<ProbeEvent>;
  #loader: Loader;
  /** Until somebody says, what an earlier agent left in the kernel stays as it is. */
  #wanted: ReadonlyMap<number, PortMode> | undefined;
  /** What the kernel knows. */
  #set = new Map<number, PortMode | undefined>();
  #attached = new Set<string>();
  /** Orders are given one set after the other. */
  #orders: Promise<void> = Promise.resolve();
  #looked = Number.NEGATIVE_INFINITY;
  #closed = false;

  private constructor(
    command: LoaderCommand,
    settings: BpfSettings & { clock: Clock },
    loader: Loader,
    box: Mailbox<ProbeEvent>,
  ) {
    this.#box = box;
    this.#command = command;
    this.#settings = settings;
    this.#loader = loader;
  }

  /** @throws PowerAgentError `TWIN_POWER_BPF` */
  static async open(
    command: LoaderCommand,
    settings: BpfSettings & { clock: Clock },
    signal: AbortSignal,
  ): Promise<BpfProbe> {
    const box = new Mailbox<ProbeEvent>();
    const loader = await Loader.start(command, (syn) => box.push({ kind: 'syn', syn }), signal);
    const probe = new BpfProbe(command, settings, loader, box);
    try {
      await probe.#prepare();
    } catch (error) {
      await loader.quit();
      throw error;
    }
    return probe;
  }

  aim(ports: ReadonlyMap<number, PortMode>): Promise<void> {
    this.#wanted = new Map(ports);
    return this.#inTurn(() => this.#settle());
  }

  async *events(signal: AbortSignal): AsyncGenerator<ProbeEvent, void> {
    const stop = new AbortController();
    const either = AbortSignal.any([signal, stop.signal]);
    const sampling = this.#sample(either);
    try {
      yield* this.#box.read(either);
    } finally {
      stop.abort();
      await sampling;
    }
  }

  /** Of the process that loaded it. */
  get pid(): number | undefined {
    return this.#loader.pid;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#orders;
    await this.#loader.quit();
  }

  async #sample(signal: AbortSignal): Promise<void> {
    const { clock, tickMs } = this.#settings;
    while (!signal.aborted) {
      try {
        if (clock.now() - this.#looked >= LOOK_AGAIN_MS) await this.#inTurn(() => this.#attach());
        const { traffic, runs, runNs } = await this.#loader.stats();
        this.#box.push({ kind: 'sample', sample: { at: clock.now(), traffic }, cost: { runs, runNs } });
        await clock.sleep(tickMs, signal);
      } catch (error) {
        if (signal.aborted || this.#closed) return;
        this.#box.push({ kind: 'trouble', error: error as PowerAgentError });
        await clock.sleep(START_AGAIN_MS, signal);
        await this.#startAgain(signal).catch(() => undefined);
      }
    }
  }

  async #startAgain(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#loader.quit();
    this.#loader = await Loader.start(this.#command, (syn) => this.#box.push({ kind: 'syn', syn }), signal);
    await this.#inTurn(() => this.#prepare());
  }

  async #prepare(): Promise<void> {
    const { clusterNetworks, probes } = this.#settings;
    const orders: LoaderOrder[] = [
      ...clusterNetworks.map((prefix) => ({ op: 'class' as const, prefix, class: SOURCE_CLASSES.indexOf('cluster') })),
      ...LOOPBACK.map((prefix) => ({ op: 'class' as const, prefix, class: SOURCE_CLASSES.indexOf('loopback') })),
      { op: 'class', prefix: `${OWN_ADDRESS}/32`, class: SOURCE_CLASSES.indexOf('own') },
      ...REQUESTS.map((begins) => ({ op: 'text' as const, begins, kind: REQUEST })),
      ...probes.map((begins) => ({ op: 'text' as const, begins, kind: PROBE })),
    ];
    for (const order of orders) await this.#loader.order(order);
    this.#set = new Map(this.#loader.kept.map((port) => [port, undefined]));
    this.#attached = new Set();
    await this.#attach();
    await this.#settle();
  }

  async #attach(): Promise<void> {
    const found = this.#settings.interfaces ?? (await watchedInterfaces());
    this.#looked = this.#settings.clock.now();
    for (const name of found) {
      if (this.#attached.has(name)) continue;
      try {
        await this.#loader.order({ op: 'attach', interface: name });
        this.#attached.add(name);
      } catch (error) {
        // It may be gone again; the one of this machine itself is always there.
        if (name === 'lo' || this.#settings.interfaces) throw error;
      }
    }
    for (const name of this.#attached) if (!found.includes(name)) this.#attached.delete(name);
  }

  async #settle(): Promise<void> {
    const classes = this.#settings.wakeClasses.reduce((bits, name) => bits | (1 << SOURCE_CLASSES.indexOf(name)), 0);
    const wanted = this.#wanted;
    if (wanted === undefined) return;
    for (const [port, mode] of wanted) {
      if (this.#set.get(port) === mode) continue;
      await this.#loader.order(mode === 'watch' ? { op: mode, port } : { op: mode, port, classes });
      this.#set.set(port, mode);
    }
    for (const port of this.#set.keys()) {
      if (wanted.has(port)) continue;
      await this.#loader.order({ op: 'unwatch', port });
      this.#set.delete(port);
    }
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#orders.then(work);
    this.#orders = done.catch(() => undefined);
    return done;
  }
}
