import { Counter, Gauge, Registry } from 'prom-client';
import type { Verdict } from './policy.js';
import type { Sample } from './traffic.js';

export type Metrics = {
  syn(held: boolean): void;
  /** What was done, and at whose wish. */
  acted(act: 'sleep' | 'wake', by: string): void;
  tick(now: {
    sample: Sample;
    verdicts: readonly Verdict[];
    used: number;
    services: ReadonlyMap<string, number>;
    perAnswer: ReadonlyMap<string, number>;
    sees: boolean;
  }): void;
  /** Text in the Prometheus exposition format. */
  text(): Promise<string>;
  readonly contentType: string;
};

/** @param draws what this node draws now, in watts */
export function createMetrics(draws: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const packets = gauge('twin_power_packets', 'Packets for a watched port since counting began', ['port', 'class']);
  const requests = gauge('twin_power_requests', 'Requests to a watched port since counting began', ['port', 'class']);
  const state = gauge('twin_power_service_awake', '1 awake, 0.5 being woken, 0 asleep', ['service']);
  const threshold = gauge('twin_power_idle_threshold_seconds', 'Idle time after which it sleeps; 0 never', ['service']);
  const energy = gauge('twin_power_energy_watt_hours', 'Energy of this node today');
  // Read when it is asked for: a node that has just come back draws what it draws before the next look at the traffic.
  new Gauge({
    name: 'twin_power_watts',
    help: 'What this node draws, by a meter or as declared',
    registers,
    collect() {
      this.set(draws());
    },
  });
  const shares = gauge('twin_power_service_energy_watt_hours', "Share of a service in this node's energy today", [
    'service',
  ]);
  const answers = gauge(
    'twin_power_answer_watt_hours',
    'Energy of one answer of a service today, its time awake included',
    ['service'],
  );
  const sees = gauge('twin_power_sees_traffic', 'Whether silence can be told from work');
  const syns = new Counter({
    name: 'twin_power_syns_total',
    help: 'Connections to sleeping ports',
    labelNames: ['held'],
    registers,
  });
  const acts = new Counter({
    name: 'twin_power_actions_total',
    help: 'Services put to sleep and woken by this agent',
    labelNames: ['act', 'by'],
    registers,
  });
  const ticks = new Counter({ name: 'twin_power_ticks_total', help: 'Looks at the traffic', registers });
  return {
    syn: (held) => syns.inc({ held: `${held}` }),
    acted: (act, by) => acts.inc({ act, by }),
    tick({ sample, verdicts, used, services, perAnswer, sees: now }) {
      ticks.inc();
      for (const one of [packets, requests, state, threshold, shares, answers]) one.reset();
      for (const { port, class: from, packets: count, requests: asked } of sample.traffic) {
        packets.inc({ port, class: from }, count);
        requests.inc({ port, class: from }, asked);
      }
      for (const verdict of verdicts) {
        state.set({ service: verdict.service }, { awake: 1, waking: 0.5 }[verdict.state] ?? 0);
        threshold.set({ service: verdict.service }, verdict.idleSeconds);
      }
      for (const [service, share] of services) shares.set({ service }, share);
      for (const [service, each] of perAnswer) answers.set({ service }, each);
      energy.set(used);
      sees.set(now ? 1 : 0);
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}
