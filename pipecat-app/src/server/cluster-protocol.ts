/** What the cluster's doors send and take, as zod schemas; `web/` imports them too. */
import { z } from 'zod';

/**
 * How a node, a job or an expert is. `awake`: works as it should. `loading`: on its way. `degraded`: works, less well than
 * wanted. `asleep`: stopped on purpose. `lost`: should work and does not.
 */
export const clusterState = z.enum(['awake', 'loading', 'degraded', 'asleep', 'lost']);
export type ClusterState = z.infer<typeof clusterState>;

/** What every tile of the page *Cluster* has: the state, and one sentence that says why. */
const tile = { state: clusterState, words: z.string() };

export const nodeView = z.object({
  ...tile,
  /** Nomad's id; empty for the machine of an agent without a cluster. */
  id: z.string(),
  name: z.string(),
  address: z.string(),
  /** 0 when unknown. */
  cores: z.number(),
  cpu: z.string(),
  memory_mb: z.number(),
  /** Jobs that run there. */
  jobs: z.array(z.string()),
});
export type NodeView = z.infer<typeof nodeView>;

export const jobView = z.object({
  ...tile,
  id: z.string(),
  type: z.string(),
  /** For scaling and stopping: do it only while the job is as it was shown. */
  modify_index: z.number(),
  groups: z.array(z.object({ name: z.string(), wanted: z.number(), running: z.number(), scalable: z.boolean() })),
});
export type JobView = z.infer<typeof jobView>;

export const expertView = z.object({
  ...tile,
  name: z.string(),
  /** False when no question goes to it now. */
  ok: z.boolean(),
  model: z.string(),
  node: z.string(),
  /** Tokens of question and answer together; 0 when unknown. */
  context: z.number(),
  /** Conversations at once, and how many of them are under way; null when the server does not say. */
  slots: z.object({ total: z.number(), busy: z.number() }).nullable(),
  /** As this agent has measured; null before the first answer. */
  tokens_per_second: z.number().nullable(),
  /** Its job in Nomad; empty for experts outside of the cluster. */
  job: z.string(),
  /** `cluster`, `outside`, or `own`: the model inside of the agent. */
  place: z.enum(['cluster', 'outside', 'own']),
});
export type ExpertView = z.infer<typeof expertView>;

/** Where the views come from. `words` says what is missing, and how to get it; empty when all is there. */
const source = { nomad: z.enum(['ok', 'off', 'failed']), words: z.string() };
export const machinesAnswer = z.object({ ...source, nodes: z.array(nodeView) });
export const jobsAnswer = z.object({ ...source, jobs: z.array(jobView) });
export const expertsAnswer = z.object({ ...source, experts: z.array(expertView) });

const jobId = z.string().min(1).max(256);
const variables = z.record(z.string().regex(/^[a-z]\w{0,63}$/), z.string().max(20_000)).default({});
/** `POST /api/jobs/plan`: a job to run (of a template, or of its own HCL), a new count of a group, or a stop. */
export const planRequest = z.union([
  z.strictObject({ template: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/), variables }),
  z.strictObject({ hcl: z.string().min(1).max(60_000), variables }),
  z.strictObject({ job: jobId, group: jobId, count: z.number().int().min(0).max(1000) }),
  z.strictObject({ job: jobId, stop: z.literal(true) }),
]);
export type PlanRequest = z.infer<typeof planRequest>;

/** One line of a difference; `depth` is how far it is indented. */
export const diffLine = z.object({ sign: z.enum(['+', '-', '~', ' ']), depth: z.number(), text: z.string() });
export type DiffLine = z.infer<typeof diffLine>;
export const planAnswer = z.object({
  /** For `POST /api/jobs`, within ten minutes; empty for a scaling or a stop. */
  plan: z.string(),
  job: z.string(),
  modify_index: z.number(),
  changes: z.boolean(),
  diff: z.array(diffLine),
  /** What happens, by group, in words. */
  effects: z.array(z.string()),
  /** Why Nomad cannot place all of it now, and what it warns of. */
  warnings: z.array(z.string()),
});
export type PlanAnswer = z.infer<typeof planAnswer>;

const modifyIndex = z.number().int().min(0);
/** `POST /api/jobs`: runs what was planned, while the job is as it was then. */
export const runRequest = z.strictObject({ plan: z.string().min(1).max(64), modify_index: modifyIndex });
export const scaleRequest = z.strictObject({
  group: jobId,
  count: z.number().int().min(0).max(1000),
  modify_index: modifyIndex.optional(),
});
export const stopRequest = z.strictObject({ modify_index: modifyIndex.optional() });

/** One of `GET /api/jobs/templates`: a job file and what may be set in it. */
export const jobTemplate = z.object({
  name: z.string(),
  purpose: z.string(),
  variables: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      description: z.string(),
      /** As text; null for one that must be given. */
      value: z.string().nullable(),
      /** Only an administrator may set it: it names programs, folders or servers. */
      admin: z.boolean(),
    }),
  ),
});
export type JobTemplate = z.infer<typeof jobTemplate>;

/** Data of the events `start`, `log` and `end` of `GET /api/logs/:job`. */
export const logStart = z.object({ allocation: z.string(), group: z.string(), task: z.string(), node: z.string() });
export const logLines = z.object({ stream: z.enum(['stdout', 'stderr']), text: z.string() });
export const logEnd = z.object({ words: z.string() });
export type LogStart = z.infer<typeof logStart>;
export type LogLines = z.infer<typeof logLines>;
