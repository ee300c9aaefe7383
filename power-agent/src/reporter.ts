import type { Clock } from '@twin/hashi/clock.js';
import type { Consul } from '@twin/hashi/consul.js';
import { parsed } from '@twin/hashi/power/power-kv.js';
import {
  POWER_HISTORIES,
  POWER_REPORTS,
  type PowerChange,
  type PowerReport,
  powerHistory,
  powerReport,
} from '@twin/hashi/power/power-report.js';
import { z } from 'zod';
import type { PowerAgent } from './agent.js';
import type { Board } from './board.js';
import type { Config } from './config.js';
import type { Energy } from './energy.js';
import { newest } from './history.js';
import type { Probe } from './probe-event.js';
import { quietText } from './quiet-hours.js';
import { surroundings } from './surroundings.js';

export type ReporterParts = {
  config: Config;
  agent: Pick<PowerAgent, 'verdicts' | 'sees'>;
  probe: Pick<Probe, 'source' | 'words'>;
  board: Pick<Board, 'entry'>;
  energy: Pick<Energy, 'used' | 'services' | 'text'>;
  kv: Pick<Consul['kv'], 'get' | 'put'>;
  clock: Clock;
  /** Wall clock, ms since 1970. */
  now: () => number;
};

/** The part of a ledger that counts answers. */
const kept = z.object({ answers: z.record(z.string(), z.number()) });

const LOOK_MS = 1_000;
const TELL_MS = 5_000;
/** A clock that jumps by so much: the node was off or suspended. */
const GAP_MS = 30_000;

/** Tells Consul what the agent of this node sees and decides, and keeps what changed within a day. */
export class Reporter {
  readonly #parts: ReporterParts;
  readonly #states = new Map<string, PowerChange['state']>();
  readonly #acts = new Map<string, string>();
  #changes: readonly PowerChange[] | undefined;
  #seen: number | undefined;
  #told = Number.NEGATIVE_INFINITY;
  #signature = '';
  #kept = true;

  constructor(parts: ReporterParts) {
    this.#parts = parts;
  }

  /** Tells until `signal` aborts. What fails is told again. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look(signal).catch(() => undefined);
      await this.#parts.clock.sleep(LOOK_MS, signal);
    }
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { kv, config, clock, now } = this.#parts;
    const before = this.#changes ?? (await this.#restore(signal));
    const at = now();
    const report = this.#report(at);
    const more = [...this.#nodeChanges(at), ...this.#serviceChanges(report, at)];
    this.#seen = at;
    this.#changes = more.length === 0 ? before : newest([...before, ...more], at);
    if (more.length > 0) this.#kept = false;
    const signature = signatureOf(report);
    if (signature !== this.#signature || clock.now() - this.#told >= TELL_MS) {
      await kv.put(POWER_REPORTS + config.TWIN_NODE, JSON.stringify(report), { signal });
      this.#signature = signature;
      this.#told = clock.now();
    }
    if (this.#kept) return;
    await kv.put(POWER_HISTORIES + config.TWIN_NODE, JSON.stringify({ changes: this.#changes }), { signal });
    this.#kept = true;
  }

  /** What an earlier run of the agent has kept, and when it was there last. */
  async #restore(signal: AbortSignal): Promise<readonly PowerChange[]> {
    const { kv, config } = this.#parts;
    const history = await kv.get(POWER_HISTORIES + config.TWIN_NODE, { signal });
    const report = await kv.get(POWER_REPORTS + config.TWIN_NODE, { signal });
    this.#seen = powerReport.safeParse(parsed(report?.value ?? '')).data?.at;
    return powerHistory.safeParse(parsed(history?.value ?? '')).data?.changes ?? [];
  }

  #report(at: number): PowerReport {
    const { config, agent, probe, energy } = this.#parts;
    const used = energy.used(at);
    return {
      at,
      source: probe.source,
      sees: agent.sees(),
      words: probe.words,
      idle_seconds: config.POWER_IDLE_SECONDS,
      quiet_hours: quietText(config.POWER_QUIET_HOURS),
      quiet: surroundings(config, at, used).quiet,
      used_wh: used,
      budget_wh: config.POWER_BUDGET_WH,
      services: agent.verdicts().map(({ service, state, act, reason, idleSeconds }) => ({
        service,
        state,
        act,
        reason,
        idle_seconds: idleSeconds,
      })),
      shares: Object.fromEntries(energy.services),
      answers: kept.safeParse(parsed(energy.text())).data?.answers ?? {},
    };
  }

  #nodeChanges(at: number): PowerChange[] {
    const node = { of: 'node', name: this.#parts.config.TWIN_NODE } as const;
    const last = this.#seen;
    const first = this.#changes === undefined;
    const gap = last !== undefined && at - last > GAP_MS;
    return [
      ...(gap
        ? [{ ...node, state: 'off', at: last, why: 'Its power agent was silent: it was off or suspended.' } as const]
        : []),
      ...(gap || first ? [{ ...node, state: 'awake', at, why: 'Its power agent tells.' } as const] : []),
    ];
  }

  #serviceChanges({ services }: PowerReport, at: number): PowerChange[] {
    const changes: PowerChange[] = [];
    for (const { service, state: decided, act, reason } of services) {
      if (act !== 'keep') this.#acts.set(service, reason);
      // A verdict is as old as the last decision; the key says how it is now, since when, and who changed it.
      const key = this.#parts.board.entry(service).state;
      const state = key?.state ?? decided;
      if (!isState(state) || this.#states.get(service) === state) continue;
      const why = this.#states.has(service) ? this.#acts.get(service) : undefined;
      const words = (why ?? key?.by ?? '').slice(0, 160);
      // It fell asleep and was woken between two looks.
      if (state === 'waking' && this.#states.get(service) === 'awake' && key?.nap)
        changes.push({ of: 'service', name: service, state: 'asleep', at: key.nap.at, why: key.nap.by.slice(0, 160) });
      changes.push({ of: 'service', name: service, state, at: key?.at ?? at, why: words });
      this.#states.set(service, state);
      if (state !== 'waking') this.#acts.delete(service);
    }
    // Somebody else decides about it from now on, and tells of its changes.
    for (const service of this.#states.keys())
      if (!services.some((one) => one.service === service)) this.#states.delete(service);
    return changes;
  }
}

const isState = (state: string): state is 'awake' | 'asleep' | 'waking' => /^(awake|asleep|waking)$/.test(state);

/** Changes of it are told at once; reasons and energy change all the time. */
const signatureOf = ({ sees, quiet, services }: PowerReport): string =>
  JSON.stringify([
    sees,
    quiet,
    services.map(({ service, state, act, idle_seconds }) => [service, state, act, idle_seconds]),
  ]);
