import { z } from 'zod';

/** `<node>` below it: what the power agent of a node tells, every few seconds and when something changes. */
export const POWER_REPORTS = 'pipecat/resources/power-report/';
/** `<node>` below it: what the agent of a node saw change, oldest first; written when something changes. */
export const POWER_HISTORIES = 'pipecat/resources/power-history/';

export const powerReport = z.object({
  /** When it was written, ms since 1970. */
  at: z.number(),
  /** How it looks at the traffic; without `sees` nothing sleeps for being idle, and `words` say why. */
  source: z.enum(['bpf', 'ss']),
  sees: z.boolean(),
  words: z.string(),
  /** Seconds without work after which a service without a key of its own sleeps; 0 never. */
  idle_seconds: z.number(),
  /** `22:30-06:00`, or empty; and whether it is that now. */
  quiet_hours: z.string(),
  quiet: z.boolean(),
  /** Watt-hours of this node today, and how many it may use; 0 is no limit. */
  used_wh: z.number(),
  budget_wh: z.number(),
  /** The services that this agent decides about, and why each is as it is. */
  services: z.array(
    z.object({ service: z.string(), state: z.string(), act: z.string(), reason: z.string(), idle_seconds: z.number() }),
  ),
  /** Each service's share of the watt-hours. */
  shares: z.record(z.string(), z.number()),
  /** Answers of each service today, where they are counted. */
  answers: z.record(z.string(), z.number()).default({}),
});
export type PowerReport = z.infer<typeof powerReport>;

const powerChange = z.object({
  of: z.enum(['service', 'node']),
  name: z.string(),
  state: z.enum(['awake', 'asleep', 'waking', 'off']),
  /** ms since 1970 */
  at: z.number(),
  why: z.string(),
});
export type PowerChange = z.infer<typeof powerChange>;
export const powerHistory = z.object({ changes: z.array(powerChange) });
