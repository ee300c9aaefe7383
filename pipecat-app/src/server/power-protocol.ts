/** What the doors of sleeping and waking send and take, as zod schemas; `web/` imports them too. */
import { z } from 'zod';

/** `off`: a node is suspended or switched off, `silent`: its power agent does not tell any more. Services are the first three. */
const powerMoment = z.enum(['awake', 'waking', 'asleep', 'off', 'silent']);
export type PowerMoment = z.infer<typeof powerMoment>;

/** A time in one state; times in ms since 1970, `why` may be empty. */
const powerSpan = z.object({ state: powerMoment, from: z.number(), to: z.number(), why: z.string() });
export type PowerSpan = z.infer<typeof powerSpan>;

const powerServiceView = z.object({
  /** `llama-api-coding`, and as people call it: `coding`. */
  service: z.string(),
  name: z.string(),
  /** Empty when it is not known. */
  job: z.string(),
  state: powerMoment,
  /** Why it is awake or asleep, to complete "because …"; empty when no power agent says so. */
  reason: z.string(),
  /** Seconds without work after which it sleeps, 0 never; null when neither its key nor a power agent says so. */
  idle_seconds: z.number().nullable(),
  /** Whether that is a threshold of its own, and not that of all. */
  own_threshold: z.boolean(),
  /** False: its policy keeps it awake. */
  may_sleep: z.boolean(),
  /** Time of day at which it is woken; empty for none. */
  wake_at: z.string(),
  min_awake_seconds: z.number().nullable(),
  /** Who keeps it awake, and until when (ms since 1970). */
  leases: z.array(z.object({ by: z.string(), until: z.number() })),
  /** Watt-hours and answers today, as far as power agents count them. */
  wh: z.number(),
  answers: z.number().nullable(),
  spans: z.array(powerSpan),
});
export type PowerServiceView = z.infer<typeof powerServiceView>;

const powerNodeView = z.object({
  node: z.string(),
  state: powerMoment,
  words: z.string(),
  /** Whether its agent can tell silence from work. */
  sees: z.boolean(),
  /** Watt-hours today, and how many it may use; 0 is no limit. */
  wh: z.number(),
  budget_wh: z.number(),
  /** `22:30-06:00`, or empty; and whether it is that now. */
  quiet_hours: z.string(),
  quiet: z.boolean(),
  /** Whether it may be suspended, and woken by a magic packet. */
  wol: z.boolean(),
  spans: z.array(powerSpan),
});
export type PowerNodeView = z.infer<typeof powerNodeView>;

/** `GET /api/power`, and the event `power` of `GET /api/power?follow=true`. */
export const powerAnswer = z.object({
  /** Whether Consul, which keeps all of this, answers. `words` says what is missing, and how to get it; may be empty. */
  consul: z.enum(['ok', 'off', 'failed']),
  words: z.string(),
  /** Power agents that told something within the last half minute. */
  agents: z.number(),
  /** The time that the spans are about, ms since 1970; `to` is now. */
  from: z.number(),
  to: z.number(),
  services: z.array(powerServiceView),
  nodes: z.array(powerNodeView),
});
export type PowerAnswer = z.infer<typeof powerAnswer>;

/**
 * `PUT /api/power/:service`. What is left out stays as it is. `was`: the threshold as it was shown, null for none of its own;
 * it is refused when it is another one by now.
 */
export const powerSettings = z.strictObject({
  idle_seconds: z.number().int().min(0).max(604_800).optional(),
  was: z.number().int().min(0).nullable().optional(),
  may_sleep: z.boolean().optional(),
  min_awake_seconds: z.number().int().min(0).max(86_400).optional(),
  wake_at: z.string().max(5).optional(),
});
export type PowerSettings = z.infer<typeof powerSettings>;
/** `PUT /api/power/nodes/:node` */
export const powerNodeSettings = z.strictObject({ wol: z.boolean() });
