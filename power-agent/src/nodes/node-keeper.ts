import type { Clock } from '@twin/hashi/clock.js';
import type { Consul } from '@twin/hashi/consul.js';
import { deadline } from '@twin/hashi/deadline.js';
import {
  NODE_PREFIX,
  NODES_LOCK,
  type NodeEntry,
  type NodeInterface,
  type NodeState,
  nodeEntries,
} from '@twin/hashi/power/node-kv.js';
import type { Logger } from 'pino';
import { PowerAgentError } from '../errors.js';
import { type Decision, HOUR_MS } from '../policy.js';
import type { ClusterView } from './cluster-view.js';
import { type Sending, sendings } from './magic-packet.js';
import { decideNode, type NodeRules } from './node-policy.js';
import { NodeStore } from './node-store.js';
import { type NodeService, viewOf } from './node-view.js';
import type { Suspend } from './suspend.js';

export type NodeKeeperParts = {
  node: string;
  rules: NodeRules;
  /** Always the newest that Consul says of nodes and of services. */
  board: { nodes(): ReadonlyMap<string, NodeEntry>; services(): readonly NodeService[] };
  cluster: Pick<ClusterView, 'quorums' | 'running' | 'drain' | 'undrain' | 'idles'>;
  consul: Pick<Consul, 'kv' | 'lock'>;
  /** Left out: this node never suspends. */
  suspend?: Suspend | undefined;
  /** Called right before the node suspends, which waits for it, and when it is back. */
  onSuspend?: (asleep: boolean) => void | Promise<void>;
  send: (sending: Sending) => Promise<void>;
  interfaces: () => NodeInterface[];
  clock: Clock;
  /** Wall clock, ms since 1970. */
  now: () => number;
  log: Pick<Logger, 'info' | 'warn'>;
};

const EVERY_MS = 5_000;
const LOCK_PATIENCE_MS = 10_000;
const LOCK = { ttlMs: 15_000, lockDelayMs: 1_000 };
/** Heads save their slots meanwhile. */
const DRAIN_MS = 60_000;
const DRAINED_EVERY_MS = 500;
/** A packet may be lost, and a card may be busy going to sleep. */
const PACKET_EVERY_MS = 3_000;
const PACKETS = 30;
/** Who was waking it has left, or has given up. */
const STALE_WAKE_MS = 120_000;
/** By then Nomad does not hear from a node that is suspended. */
const SILENT_MS = 120_000;

/** Suspends this node when nothing needs it, and wakes others that are needed. */
export class NodeKeeper {
  readonly #parts: NodeKeeperParts;
  readonly #store: NodeStore;
  readonly #waking = new Map<string, Promise<void>>();
  readonly #verdicts = new Map<string, Decision>();
  readonly #booted: number;
  #back = false;

  constructor(parts: NodeKeeperParts) {
    this.#parts = parts;
    this.#store = new NodeStore(parts.consul.kv);
    this.#booted = parts.now();
  }

  /** What was decided of each node, and why. */
  verdicts(): { node: string; act: string; reason: string }[] {
    return [...this.#verdicts].map(([node, { act, reason }]) => ({ node, act, reason }));
  }

  async run(signal: AbortSignal): Promise<void> {
    const { clock, log } = this.#parts;
    while (!signal.aborted) {
      await this.tick(signal).catch((error: Error & { code?: string }) => {
        if (!signal.aborted) log.warn({ code: error.code }, error.message);
      });
      await clock.sleep(EVERY_MS, signal);
    }
    await Promise.allSettled([...this.#waking.values()]);
  }

  /** One look at this node and at those that sleep. Returns when this node is back, if it was suspended. */
  async tick(signal: AbortSignal): Promise<void> {
    const { board, node, suspend, now } = this.#parts;
    if (!this.#back) await this.#comeBack(signal);
    for (const [other, entry] of board.nodes()) {
      if (other === node) continue;
      this.#lookAt(other, entry, signal);
      // Somebody may have switched it on by hand.
      if (isOff(entry.state) && now() - entry.state.at > SILENT_MS) await this.#giveBack(other, signal);
    }
    if (suspend && board.nodes().get(node)?.policy?.wol) await this.#mayBeSuspended(suspend, signal);
  }

  /** What a wake of another node still does; for tests. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#waking.values()]);
  }

  async #mayBeSuspended(suspend: Suspend, signal: AbortSignal): Promise<void> {
    if ((await this.#judge(signal)).act !== 'sleep') return;
    const { consul, node } = this.#parts;
    const late = new PowerAgentError('TWIN_POWER_NODE', 'Another node is being suspended.', { next: 'Wait.' });
    const waiting = deadline([signal], { ms: LOCK_PATIENCE_MS, late: () => late });
    const lock = await consul.lock(NODES_LOCK, waiting.signal, { ...LOCK, value: node }).finally(waiting.end);
    const held = deadline([signal, lock.lost]);
    let down: boolean;
    try {
      down = await this.#goDown(held.signal);
    } finally {
      held.end();
      await lock.release();
    }
    if (!down) return;
    this.#back = false;
    await this.#parts.onSuspend?.(true);
    try {
      await suspend(signal);
    } finally {
      await this.#parts.onSuspend?.(false);
    }
    await this.#comeBack(signal);
  }

  /** Under the lock: judges anew, drains, and says that it is off. What fails leaves the node on. */
  async #goDown(signal: AbortSignal): Promise<boolean> {
    const { cluster, node, now, interfaces } = this.#parts;
    const { state: before, index } = await this.#store.read(node, signal);
    const decision = await this.#judge(signal, await this.#newest(signal));
    if (decision.act !== 'sleep') return false;
    const slept = [...(before?.slept ?? []).filter((at) => now() - at < HOUR_MS), now()];
    const going: NodeState = {
      ...{ state: 'suspending', interfaces: interfaces(), slept, reason: decision.reason },
      ...{ at: now(), by: node },
    };
    await this.#store.write(node, going, index, signal);
    this.#back = false;
    this.#parts.log.info({ reason: decision.reason }, 'this node is suspended');
    await cluster.drain(node, DRAIN_MS, signal);
    await this.#untilEmpty(signal);
    // Somebody may have asked for it meanwhile.
    const again = await this.#judge(signal, await this.#newest(signal));
    if (again.act !== 'sleep') {
      await this.#comeBack(signal);
      return false;
    }
    await this.#store.write(node, { ...going, state: 'off', at: now() }, undefined, signal);
    return true;
  }

  async #untilEmpty(signal: AbortSignal): Promise<void> {
    const { cluster, node, clock } = this.#parts;
    const late = clock.now() + DRAIN_MS + PACKET_EVERY_MS;
    while ((await cluster.running(node, signal)).length > 0) {
      if (clock.now() > late) return;
      await clock.sleep(DRAINED_EVERY_MS, signal);
      signal.throwIfAborted();
    }
  }

  /** Whatever its key says, it runs: Nomad may use it again. Until that is told, every tick tries. */
  async #comeBack(signal: AbortSignal): Promise<void> {
    const { cluster, node, now } = this.#parts;
    const { state, index } = await this.#store.read(node, signal);
    if (state !== undefined && state.state !== 'on') {
      await cluster.undrain(node, signal);
      await this.#store.write(
        node,
        { ...state, state: 'on', reason: 'it is back', at: now(), by: node },
        index,
        signal,
      );
    }
    this.#back = true;
  }

  /** What was written by whoever had the lock before, and may not have reached the board. */
  async #newest(signal: AbortSignal): Promise<ReadonlyMap<string, NodeEntry>> {
    return nodeEntries(await this.#parts.consul.kv.list(NODE_PREFIX, { signal }));
  }

  async #judge(signal: AbortSignal, nodes = this.#parts.board.nodes()): Promise<Decision> {
    const { board, cluster, node, now, rules } = this.#parts;
    const off = new Set([...nodes].flatMap(([name, { state }]) => (isOff(state) && name !== node ? [name] : [])));
    const [running, quorums] = await Promise.all([cluster.running(node, signal), cluster.quorums(off, signal)]);
    const entry = nodes.get(node);
    // Its own key says `suspending` while it is judged again: it counts from when it came up.
    const since = entry?.state?.state === 'on' ? entry.state.at : this.#booted;
    const facts = { node, entry, booted: this.#booted, running, services: board.services(), now: now() };
    const view = { ...viewOf(facts), state: 'on' as const, since };
    const going = entry?.state?.state === 'suspending';
    const decision = decideNode(going ? { ...view, slept: view.slept.slice(0, -1) } : view, quorums, now(), rules);
    this.#verdicts.set(node, decision);
    return decision;
  }

  #lookAt(other: string, entry: NodeEntry, signal: AbortSignal): void {
    const { board, now, rules, interfaces, log } = this.#parts;
    const { state } = entry;
    if (!isOff(state) || this.#waking.has(other)) return void (isOff(state) || this.#verdicts.delete(other));
    if (state.state === 'waking' && now() - state.at < STALE_WAKE_MS) return;
    const facts = { node: other, entry, booted: 0, running: [], services: board.services(), now: now() };
    const decision = decideNode(viewOf(facts), [], now(), rules);
    this.#verdicts.set(other, decision);
    if (decision.act !== 'wake') return;
    const ways = sendings(interfaces(), state.interfaces);
    if (ways.length === 0)
      return void this.#verdicts.set(other, { act: 'keep', reason: 'no network is shared with it' });
    const waking = this.#wake(other, ways, decision.reason, signal)
      .catch((error: Error) => {
        if (!signal.aborted) log.warn({ node: other }, error.message);
      })
      .finally(() => this.#waking.delete(other));
    this.#waking.set(other, waking);
  }

  /**
   * Nomad took the agent of a node that was silent for lost, and starts another one only where it may place something: then that one says
   * that the node is on.
   */
  async #giveBack(other: string, signal: AbortSignal): Promise<void> {
    const { cluster, log } = this.#parts;
    try {
      if (await cluster.idles(other, signal)) await cluster.undrain(other, signal);
    } catch (error) {
      if (!signal.aborted) log.warn({ node: other }, (error as Error).message);
    }
  }

  /** Sends packets until the node says itself that it is back. */
  async #wake(other: string, ways: readonly Sending[], reason: string, signal: AbortSignal): Promise<void> {
    const { board, clock, log, node, now, send } = this.#parts;
    const { state, index } = await this.#store.read(other, signal);
    if (!isOff(state)) return;
    // Of many that would wake it one does.
    await this.#store.write(other, { ...state, state: 'waking', reason, at: now(), by: node }, index, signal);
    log.info({ node: other, reason, interfaces: ways.map((way) => way.interface) }, 'a node is woken');
    for (let sent = 0; sent < PACKETS; sent++) {
      const failed = await Promise.all(
        ways.map((way) =>
          send(way).then(
            () => undefined,
            (error: Error) => error,
          ),
        ),
      );
      const error = failed.find((one) => one !== undefined);
      if (error && failed.every((one) => one !== undefined)) log.warn({ node: other }, error.message);
      await clock.sleep(PACKET_EVERY_MS, signal);
      if (signal.aborted || !isOff(board.nodes().get(other)?.state)) return;
      await this.#giveBack(other, signal);
    }
    throw new PowerAgentError('TWIN_POWER_WOL', `${other} did not wake up after ${PACKETS} magic packets.`, {
      next: 'Look whether Wake-on-LAN is on in its firmware and for its card (ethtool), then press its button.',
    });
  }
}

const isOff = (state: NodeState | undefined): state is NodeState => state?.state === 'off' || state?.state === 'waking';
