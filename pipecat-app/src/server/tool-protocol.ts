/** What the doors of tools and policy send and take, as zod schemas; `web/` imports them too. */
import { z } from 'zod';
import { approvalRequest, role, rule } from './protocol.js';

/** For a role: the rule in force, what it would be without a policy, and who says so; `damaged`: `policy.json` is. */
export const ruledRole = z.object({
  rule,
  default: rule,
  from: z.enum(['default', 'tool', 'method', 'damaged']),
});
export type RuledRole = z.infer<typeof ruledRole>;

/** A method and who may call it. */
export const methodRules = z.object({
  /** `tool.method` */
  name: z.string(),
  risk: approvalRequest.shape.risk,
  policy: z.record(role, ruledRole),
});
export type MethodRules = z.infer<typeof methodRules>;

/** Why something cannot be used, and how to get it; `next` may be empty. */
const missing = z.object({ reason: z.string(), next: z.string() });

export const methodView = methodRules.extend({
  description: z.string(),
  /** Null: it can be used. */
  missing: missing.nullable(),
  /** Whether a spoken "yes" approves it. */
  spoken: z.boolean(),
  /** JSON Schema of the arguments. */
  args: z.record(z.string(), z.unknown()),
  examples: z.array(z.string()),
});
export type MethodView = z.infer<typeof methodView>;

export const toolView = z.object({
  name: z.string(),
  description: z.string(),
  missing: missing.nullable(),
  methods: z.array(methodView),
});
export type ToolView = z.infer<typeof toolView>;

/** `GET /api/tools` */
export const toolsAnswer = z.object({ tools: z.array(toolView) });

/** `PUT /api/policy/:name`, of one method or tool; null takes a rule back, what is left out stays. */
export const rulesChange = z.strictObject({
  viewer: rule.nullable().optional(),
  operator: rule.nullable().optional(),
  admin: rule.nullable().optional(),
});
export type RulesChange = z.infer<typeof rulesChange>;
