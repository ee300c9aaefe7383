import { bootWay, DISK, HOST_NAME } from '@twin/hashi/boot/boot-kv.js';
import { z } from 'zod';
import { parseMac } from './mac.js';
import type { Event } from './phase.js';

const text = z.string().max(500);
const hash = z.string().regex(/^[0-9a-f]{64}$/);
const plan = z.object({
  name: z.string().regex(HOST_NAME),
  disk: z.string().regex(DISK),
  wipe: z.boolean(),
  way: bootWay.default('image'),
  installId: z.uuid(),
});

const event = z.discriminatedUnion('type', [
  z.object({ type: z.literal('seen') }),
  z.object({ type: z.literal('allowed'), plan }),
  z.object({ type: z.literal('revoked') }),
  z.object({ type: z.literal('sent'), tokenHash: hash }),
  z.object({ type: z.literal('configured'), tokenHash: hash, registerHash: hash }),
  z.object({ type: z.literal('step'), step: text }),
  z.object({ type: z.literal('failed'), reason: text }),
  z.object({ type: z.literal('installed') }),
  z.object({ type: z.literal('registered'), address: text, hostKey: z.string().max(2000) }),
  z.object({ type: z.literal('refused'), reason: text }),
  z.object({ type: z.literal('joined') }),
]) satisfies z.ZodType<Event>;

const entry = z.object({
  /** When, as ISO 8601. */
  at: z.iso.datetime(),
  mac: z.string().transform(parseMac),
  event,
});

/** One line of the journal. */
export type Entry = z.infer<typeof entry>;

/** @throws an error for anything that is not an entry */
export const readEntry = (value: unknown): Entry => entry.parse(value);
