import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { ServerEventData, TurnRecord } from '../server/protocol.js';

const SECONDS = [0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10, 20];

/**
 * Period of the timer that measures the event loop, in ms. Each firing wakes the processor, and an idle core should sleep; a
 * frame that arrives at a random instant waits as long as this timer does, however seldom it fires.
 */
export const LOOP_SAMPLING_MS = 100;

export type Metrics = {
  /** Counts a finished turn and spreads its stage times over the histograms. */
  turn(record: TurnRecord): void;
  /** Counts a step of a question's way to its answer. */
  route(route: ServerEventData['route']): void;
  sessionOpened(): void;
  sessionClosed(): void;
  /** Text in the Prometheus exposition format. */
  text(): Promise<string>;
  readonly contentType: string;
};

/** Metrics of one agent in a registry of its own: `twin_<thing>_<unit>` besides Node's own process metrics. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: LOOP_SAMPLING_MS });
  const stages = new Histogram({
    name: 'twin_stage_seconds',
    help: 'Time of one stage of a turn',
    labelNames: ['stage'],
    buckets: SECONDS,
    registers,
  });
  const turns = new Counter({
    name: 'twin_turns_total',
    help: 'Turns by kind and by who answered',
    labelNames: ['kind', 'source'],
    registers,
  });
  const interrupted = new Counter({
    name: 'twin_barge_ins_total',
    help: 'Answers that the user interrupted',
    registers,
  });
  const actions = new Counter({
    name: 'twin_tool_calls_total',
    help: 'Tool calls',
    labelNames: ['tool', 'ok'],
    registers,
  });
  const routes = new Counter({
    name: 'twin_routes_total',
    help: 'Experts that were asked, woken, or lost while they answered',
    labelNames: ['step', 'expert'],
    registers,
  });
  const sessions = new Gauge({ name: 'twin_sessions_open', help: 'Sessions that are open', registers });

  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    route: ({ step, expert }) => routes.inc({ step, expert }),
    sessionOpened: () => sessions.inc(),
    sessionClosed: () => sessions.dec(),
    turn(record) {
      turns.inc({ kind: record.kind, source: record.source });
      if (record.interrupted) interrupted.inc();
      for (const action of record.actions) actions.inc({ tool: action.tool, ok: String(action.ok) });
      for (const [stage, ms] of Object.entries(record.ms)) if (ms > 0) stages.observe({ stage }, ms / 1000);
    },
  };
}
