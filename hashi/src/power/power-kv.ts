import { z } from 'zod';

/** Everything about sleeping and waking is below this prefix of Consul's key-value store. */
export const POWER_PREFIX = 'pipecat/power/';

/** `<service>/state`: whether the job of a service sleeps, and how to wake it. */
export const powerState = z.object({
  /** `waking`: it was started and does not answer yet. */
  state: z.enum(['awake', 'asleep', 'waking']),
  /** Job and namespace that were scaled to none. */
  job: z.string(),
  namespace: z.string().default('default'),
  /** Instances of each group before it was put to sleep. */
  counts: z.record(z.string(), z.number().int().min(0)).default({}),
  /** Ports that its instances had, so that a packet to one of them can wake it. */
  ports: z.array(z.number().int()).default([]),
  /** Nodes that its instances were on. */
  nodes: z.array(z.string()).default([]),
  /** Other nodes that its parts were on, which must be on for it to come back. */
  workers: z.array(z.string()).optional(),
  /** `asleep` is decided and its instances still run: whoever finds it so finishes it. */
  stopping: z.boolean().optional(),
  /** While it is `stopping`: nothing works any more, and connections to its ports are held from now on. */
  drained: z.boolean().optional(),
  /** When it was put to sleep within the last hour, ms since 1970. */
  slept: z.array(z.number()).default([]),
  /** Its last sleep: when it began, ms since 1970, and who sent it there. Whoever looks seldom misses a short one. */
  nap: z.object({ at: z.number(), by: z.string() }).optional(),
  /** When it changed, ms since 1970, and by whom. */
  at: z.number(),
  by: z.string(),
});
export type PowerState = z.infer<typeof powerState>;

/** `<service>/idle_seconds`: a plain number; 0 never sleeps. */
export const idleSeconds = z.coerce.number().int().min(0).max(604_800);

/** `<service>/policy`, and `node/<node>/policy`. Left out: as the agent on the node is configured. */
export const powerPolicy = z.strictObject({
  /** False keeps it awake whatever happens. */
  sleep: z.boolean().optional(),
  /** Wakes a suspended node by a magic packet. */
  wol: z.boolean().optional(),
  /** Time of day at which it is woken, by the clock of the nodes that it slept on. */
  wake_at: z
    .string()
    .regex(/^([01]\d|2[0-3]):[0-5]\d$/, 'is no time such as 06:30')
    .optional(),
  /** Shortest time awake after a wake, in seconds. */
  min_awake_seconds: z.number().int().min(0).max(86_400).optional(),
});
export type PowerPolicy = z.infer<typeof powerPolicy>;

/** `<service>/lease/<holder>`: keeps it awake until then. */
export const powerLease = z.object({ until: z.number(), by: z.string() });
export type PowerLease = z.infer<typeof powerLease>;

/** `pipecat/resources/power/<service>/<node>`: what the agent on a node that has an instance last saw of its traffic; ms since 1970. */
export const powerSeen = z.object({
  /** When it was written. */
  at: z.number(),
  /** When the last work came in. */
  worked: z.number(),
  /** False where the agent cannot tell work from silence: then nobody may conclude that it is idle. */
  sees: z.boolean(),
});
export type PowerSeen = z.infer<typeof powerSeen>;

/** What a service or a node may be called in a key. */
export const POWER_NAME = /^[a-zA-Z0-9][a-zA-Z0-9._-]{0,127}$/;

export const stateKey = (service: string): string => `${POWER_PREFIX}${service}/state`;
export const idleKey = (service: string): string => `${POWER_PREFIX}${service}/idle_seconds`;
export const policyKey = (service: string): string => `${POWER_PREFIX}${service}/policy`;
/** `<service>/spec`: the job as Nomad had it when it was put to sleep, for a Nomad that has forgotten it. */
export const specKey = (service: string): string => `${POWER_PREFIX}${service}/spec`;
/** Not below `POWER_PREFIX`, which every agent watches: this changes all the time. */
export const seenKey = (service: string, node = ''): string => `pipecat/resources/power/${service}/${node}`;
/** Held by whoever puts a service to sleep. */
export const powerLockKey = (service: string): string => `pipecat/locks/power/${service}`;
export const nodePolicyKey = (node: string): string => `${POWER_PREFIX}node/${node}/policy`;

/** The state of every service out of the entries below the prefix. What cannot be read counts as awake. */
export function powerStates(entries: readonly { key: string; value: string }[]): Map<string, PowerState> {
  const states = new Map<string, PowerState>();
  for (const { key, value } of entries) {
    const service = /^pipecat\/power\/([^/]+)\/state$/.exec(key)?.[1];
    if (service === undefined) continue;
    const read = powerState.safeParse(parsed(value));
    if (read.success) states.set(service, read.data);
  }
  return states;
}

export function parsed(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}
