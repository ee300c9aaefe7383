/** What the doors of the prompts send and take, as zod schemas; `web/` imports them too. */
import { z } from 'zod';

export const promptSummary = z.object({
  name: z.string(),
  /** Who Twin is, who an expert is, or what is understood without a model. */
  kind: z.enum(['persona', 'expert', 'commands']),
  bytes: z.number(),
  /** When the file was changed. */
  ts: z.iso.datetime(),
});
export type PromptSummary = z.infer<typeof promptSummary>;

/** `GET /api/prompts`. `read_only`: why nothing can be saved; null when it can. */
export const promptsAnswer = z.object({
  prompts: z.array(promptSummary),
  read_only: z.object({ reason: z.string(), next: z.string() }).nullable(),
});
export type PromptsAnswer = z.infer<typeof promptsAnswer>;

/** A text that was replaced at `ts`. */
export const promptVersion = z.object({ id: z.string(), ts: z.iso.datetime(), bytes: z.number() });
export type PromptVersion = z.infer<typeof promptVersion>;

/** `GET /api/prompts/:name`, and the answer to a change. `etag` goes into `If-Match` of the next one. */
export const promptAnswer = z.object({
  name: z.string(),
  text: z.string(),
  etag: z.string(),
  /** Newest first. */
  versions: z.array(promptVersion),
});
export type PromptAnswer = z.infer<typeof promptAnswer>;

/** `GET /api/prompts/:name/versions/:version` */
export const versionAnswer = z.object({ text: z.string() });

export const promptSave = z.strictObject({ text: z.string() });
export const promptRestore = z.strictObject({ version: z.string().min(1).max(64) });
export const promptTest = z.strictObject({ text: z.string(), question: z.string().trim().min(1).max(1000) });

/** One line of the answer to `POST /api/prompts/:name/test`. `note`: what else happened, or would. */
export const promptTestEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), delta: z.string() }),
  z.object({ type: z.literal('note'), words: z.string() }),
  z.object({ type: z.literal('done'), ms: z.number() }),
  z.object({ type: z.literal('failure'), code: z.string(), message: z.string(), next: z.string() }),
]);
export type PromptTestEvent = z.infer<typeof promptTestEvent>;
