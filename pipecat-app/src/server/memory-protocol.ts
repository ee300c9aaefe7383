/** What the memory's doors send and take, as zod schemas; `web/` imports them too. */
import { z } from 'zod';

export const LONGEST_FACT = 1000;
const text = z.string().trim().min(1).max(LONGEST_FACT);

export const factView = z.object({
  id: z.number(),
  text: z.string(),
  /** When it was said, last. */
  ts: z.iso.datetime(),
  /** `conversation`, `told`, `summary`, `mcp`, … */
  source: z.string(),
  pinned: z.boolean(),
  enabled: z.boolean(),
  used: z.number(),
  /** The fact that took its place. */
  superseded_by: z.number().nullable(),
  /** In a search: how near it is in meaning, −1 to 1; null when it was found by its words only. */
  score: z.number().nullable().optional(),
});
export type FactView = z.infer<typeof factView>;

export const factsAnswer = z.object({ facts: z.array(factView), total: z.number() });
/** `meaning` is false while there is no embedding model: then only words are compared. */
export const searchAnswer = z.object({ facts: z.array(factView), meaning: z.boolean() });
export const rememberAnswer = z.object({
  fact: factView,
  how: z.enum(['new', 'merged', 'superseded']),
  before: factView.optional(),
});

export const factsQuery = z.object({
  limit: z.coerce.number().int().min(1).max(200).default(50),
  before: z.coerce.number().int().positive().optional(),
  superseded: z.enum(['true', 'false']).default('false'),
  /** Only these, as they are now: `3,17`. What was forgotten is left out. */
  ids: z
    .string()
    .regex(/^[1-9]\d{0,9}(,[1-9]\d{0,9}){0,19}$/)
    .transform((list) => list.split(',').map(Number))
    .optional(),
});
export const searchQuery = z.object({
  q: text,
  limit: z.coerce.number().int().min(1).max(50).default(10),
});
export const newFact = z.strictObject({ text });
export const factChange = z
  .strictObject({ text: text.optional(), pinned: z.boolean().optional(), enabled: z.boolean().optional() })
  .refine((change) => Object.keys(change).length > 0, 'say what to change: text, pinned or enabled');
export const stateRequest = z.strictObject({ name: z.string().min(1).max(64) });

export const stateView = z.object({ name: z.string(), ts: z.iso.datetime(), bytes: z.number() });
export type StateView = z.infer<typeof stateView>;
export const statesAnswer = z.object({ states: z.array(stateView) });
/** After a load or an import: how many facts there are. */
export const loadedAnswer = z.object({ facts: z.number() });
