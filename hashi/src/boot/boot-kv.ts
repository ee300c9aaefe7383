import { z } from 'zod';

/** Everything about machines that boot from the network is below this prefix of Consul's key-value store. */
export const BOOT_PREFIX = 'pipecat/boot/';
/** `machines/<MAC with hyphens>`: one machine. The boot service is its only writer. */
export const BOOT_MACHINES = `${BOOT_PREFIX}machines/`;
/** `orders/<id>`: what an operator wants. Whoever wants it writes it, the boot service takes it away. */
export const BOOT_ORDERS = `${BOOT_PREFIX}orders/`;
/** `answers/<id>`: what became of the order. The boot service is its only writer, and removes it after some minutes. */
export const BOOT_ANSWERS = `${BOOT_PREFIX}answers/`;
/** When the boot service was there last, ms since 1970. */
export const BOOT_ALIVE = `${BOOT_PREFIX}alive`;

/** Host names as in RFC 1123, one label. */
export const HOST_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
/** Names that the kernel gives: the installer has no others. */
export const DISK = /^(?:auto|\/dev\/(?:sd[a-z]|vd[a-z]|nvme\d{1,2}n\d{1,2}|mmcblk\d))$/;
/** A network card's address, small letters. */
export const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

export const bootPhase = z.enum(['unknown', 'allowed', 'installing', 'installed', 'joined']);
export type BootPhase = z.infer<typeof bootPhase>;

/** `image`: our own initrd unpacks what the controller has built; `installer`: Debian's own, from its archive. */
export const bootWay = z.enum(['image', 'installer']);
export type BootWay = z.infer<typeof bootWay>;

export const bootMachine = z.object({
  mac: z.string().regex(MAC),
  phase: bootPhase,
  /** When anything about it changed last, ms since 1970. */
  at: z.number(),
  name: z.string().default(''),
  disk: z.string().default(''),
  wipe: z.boolean().default(false),
  way: bootWay.default('image'),
  /** How often it was sent to the installer since it was allowed. */
  tries: z.number().int().default(0),
  /** Last step of the installer, or of joining. */
  step: z.string().default(''),
  /** Why the last try ended. */
  failure: z.string().default(''),
  address: z.string().default(''),
  /** Its newest lines, oldest first. */
  log: z.array(z.object({ at: z.number(), line: z.string() })).default([]),
});
export type BootMachine = z.infer<typeof bootMachine>;

const mac = z.string().regex(MAC, 'a MAC address is like 52:54:00:12:34:56');
export const bootOrder = z.discriminatedUnion('order', [
  z.object({
    order: z.literal('allow'),
    mac,
    name: z.string().regex(HOST_NAME, 'a name has small letters, digits and hyphens'),
    disk: z.string().regex(DISK, 'a disk is /dev/sda, /dev/vda, /dev/nvme0n1 or the like, or auto'),
    wipe: z.boolean(),
    way: bootWay.default('image'),
  }),
  z.object({ order: z.literal('revoke'), mac }),
  z.object({ order: z.literal('join'), mac }),
]);
export type BootOrder = z.infer<typeof bootOrder>;

export const bootAnswer = z.object({
  /** ms since 1970 */
  at: z.number(),
  phase: bootPhase.optional(),
  /** Why it was refused, and what to do. */
  error: z.object({ code: z.string(), message: z.string(), next: z.string() }).optional(),
});
export type BootAnswer = z.infer<typeof bootAnswer>;
