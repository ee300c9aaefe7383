import { parse } from 'yaml';
import { z } from 'zod';
import { TwinError } from '../errors.js';
import { CPU_CLASSES, classOfFlags } from '../models/cpu-class.js';
import type { PlanNode } from './plan-types.js';

const positive = z.number().positive();
const flags = z.union([z.string(), z.array(z.string())]).transform((value) => [value].flat().join(' ').split(/\s+/));

const node = z
  .strictObject({
    name: z.string().min(1),
    ram_mb: positive,
    cores: z.number().int().positive(),
    /** As /proc/cpuinfo spells them, in one string or a list. */
    flags: flags.optional(),
    /** Instead of flags; `old` is a CPU without SSSE3. */
    class: z.enum([...CPU_CLASSES, 'old']).optional(),
    bandwidth_gbs: positive,
    link_mbps: positive.default(1000),
    rtt_ms: z.number().nonnegative().default(0.5),
    agent: z.boolean().default(false),
    core_speed: positive.optional(),
  })
  .refine((one) => (one.flags === undefined) !== (one.class === undefined), {
    path: ['flags'],
    message: 'either flags or class is needed',
  })
  .transform(
    (one): PlanNode => ({
      name: one.name,
      ramMb: one.ram_mb,
      cores: one.cores,
      cpu: one.flags ? classOfFlags(one.flags) : one.class === 'old' ? undefined : one.class,
      bandwidthGbs: one.bandwidth_gbs,
      linkMbps: one.link_mbps,
      roundTripMs: one.rtt_ms,
      agent: one.agent,
      ...(one.core_speed !== undefined && { coreSpeed: one.core_speed }),
    }),
  );

const inventory = z.strictObject({
  nodes: z
    .array(node)
    .min(1)
    .refine((nodes) => new Set(nodes.map(({ name }) => name)).size === nodes.length, 'two nodes have the same name'),
});

/**
 * Reads an inventory in YAML or JSON: `nodes`, each with `name`, `ram_mb` (MiB), `cores` (physical), `flags` or `class`,
 * `bandwidth_gbs` (measured memory bandwidth, 10^9 bytes per second) and, where they are not 1000, 0.5, false and that of
 * the class, `link_mbps`, `rtt_ms`, `agent` and `core_speed`.
 * @throws TwinError `TWIN_INVENTORY` that lists every problem at once.
 */
export function readInventory(text: string): PlanNode[] {
  const next = 'Correct the inventory; `twin experts plan --help` shows one.';
  let raw: unknown;
  try {
    raw = parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TwinError('TWIN_INVENTORY', `The inventory cannot be read: ${why}`, { next, cause });
  }
  const result = inventory.safeParse(raw);
  if (result.success) return result.data.nodes;
  const problems = result.error.issues.map(({ path, message }) => `  ${path.join('.') || 'the file'}: ${message}`);
  throw new TwinError('TWIN_INVENTORY', `The inventory has ${problems.length} problem(s):\n${problems.join('\n')}`, {
    next,
  });
}
