import { z } from 'zod';
import { listOf, mapOf } from './api.js';

const task = z.looseObject({ Name: z.string(), Driver: z.string(), Env: mapOf(z.string()) });
const taskGroup = z.looseObject({
  Name: z.string(),
  Count: z.number().nullish(),
  Tasks: listOf(task),
  Meta: mapOf(z.string()),
});

/**
 * A job in Nomad's own form; only what we read is named. Times in it are nanoseconds beyond what a number holds exactly,
 * but Nomad sets those anew when a job is registered.
 */
export const job = z.looseObject({
  ID: z.string(),
  Name: z.string().nullish(),
  Namespace: z.string().nullish(),
  Type: z.string().nullish(),
  Status: z.string().nullish(),
  Stop: z.boolean().nullish(),
  Version: z.number().nullish(),
  JobModifyIndex: z.number().nullish(),
  Meta: mapOf(z.string()),
  TaskGroups: listOf(taskGroup),
});
export type Job = z.infer<typeof job>;

export const jobStub = z.looseObject({
  ID: z.string(),
  Name: z.string(),
  Namespace: z.string().nullish(),
  Type: z.string(),
  Status: z.string(),
  Stop: z.boolean().nullish(),
  JobModifyIndex: z.number(),
});

/** Answer of `register`, `scale` and `revert`. */
export const registered = z.looseObject({
  /** Empty for jobs that start later (periodic, parameterized). */
  EvalID: z.string().nullish(),
  JobModifyIndex: z.number(),
  Warnings: z.string().nullish(),
});

type Diff = { Type: string; Name: string; Old?: string | undefined; New?: string | undefined };
const field: z.ZodType<Diff> = z.looseObject({
  Type: z.string(),
  Name: z.string(),
  Old: z.string().optional(),
  New: z.string().optional(),
});
const block = z.looseObject({ Type: z.string(), Name: z.string(), Fields: listOf(field) });
const jobDiff = z.looseObject({
  /** `None`, `Added`, `Deleted` or `Edited`. */
  Type: z.string(),
  ID: z.string(),
  Fields: listOf(field),
  Objects: listOf(block),
  TaskGroups: listOf(block.extend({ Objects: listOf(block), Tasks: listOf(block.extend({ Objects: listOf(block) })) })),
});

const updates = z.looseObject({
  Ignore: z.number(),
  Place: z.number(),
  Migrate: z.number(),
  Stop: z.number(),
  InPlaceUpdate: z.number(),
  DestructiveUpdate: z.number(),
  Canary: z.number(),
});

export const plan = z.looseObject({
  /** Goes to `register` as `modifyIndex`, so that only what was planned is done. */
  JobModifyIndex: z.number(),
  Diff: jobDiff.nullish(),
  /** What would be done, by group. */
  Annotations: z.looseObject({ DesiredTGUpdates: mapOf(updates) }).nullish(),
  /** Groups that no node can take, with the reasons. */
  FailedTGAllocs: mapOf(z.looseObject({ NodesEvaluated: z.number(), NodesExhausted: z.number() })),
  Warnings: z.string().nullish(),
});
export type Plan = z.infer<typeof plan>;
