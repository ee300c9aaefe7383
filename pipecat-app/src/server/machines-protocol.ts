/** What the doors of machines that boot from the network send and take, as zod schemas; `web/` imports them too. */
import { bootMachine, bootWay, DISK, HOST_NAME } from '@twin/hashi/boot/boot-kv.js';
import { z } from 'zod';

export const machinesAnswer = z.object({
  /** Whether Consul could be asked; `off`: this agent belongs to no cluster. */
  consul: z.enum(['ok', 'off', 'failed']),
  /** What is missing, for a person; empty when nothing is. */
  words: z.string(),
  /** Whether a boot service is there that takes orders. */
  served: z.boolean(),
  machines: z.array(bootMachine),
});
export type MachinesAnswer = z.infer<typeof machinesAnswer>;

export const allowRequest = z.strictObject({
  name: z.string().regex(HOST_NAME, 'has small letters, digits and hyphens'),
  disk: z.string().regex(DISK, 'is /dev/sda, /dev/vda, /dev/nvme0n1 or the like, or auto').default('auto'),
  wipe: z.boolean().default(false),
  way: bootWay.default('image'),
});
export type AllowRequest = z.infer<typeof allowRequest>;
