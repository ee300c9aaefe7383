import { z } from 'zod';
import { SOURCE_CLASSES } from './traffic.js';

const count = z.number().min(0);
const port = z.number().int().min(1).max(65_535);
const traffic = z.object({
  port,
  class: z.enum(SOURCE_CLASSES),
  protocol: z.enum(['tcp', 'udp']),
  packets: count,
  bytes: count,
  payloadPackets: count,
  payloadBytes: count,
  probes: count,
  probeBytes: count,
  requests: count,
  syns: count,
});
const watched = z.array(z.object({ port, mode: z.string() }));

/** Everything that the loader says, one line each. */
export const loaderLine = z.union([
  z.object({ ready: z.object({ pinned: z.boolean(), ports: watched }) }),
  z.object({
    syn: z.object({
      port,
      source: z.string(),
      sourcePort: z.number(),
      class: z.enum(SOURCE_CLASSES),
      held: z.boolean(),
      lagUs: z.number(),
    }),
  }),
  z.object({ stats: z.object({ traffic: z.array(traffic), ports: watched, runs: count, runNs: count }) }),
  z.object({ done: z.string() }),
  z.object({ error: z.string(), op: z.string() }),
  z.object({ fatal: z.string(), errno: z.number(), reason: z.string() }),
]);
export type LoaderLine = z.infer<typeof loaderLine>;
export type LoaderStats = Extract<LoaderLine, { stats: unknown }>['stats'];
