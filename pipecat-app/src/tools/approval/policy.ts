import { z } from 'zod';
import { type Role, rule } from '../../server/protocol.js';
import type { Method } from '../tool.js';

const rules = z.strictObject({ viewer: rule.optional(), operator: rule.optional(), admin: rule.optional() });

/** What an administrator changed, by `tool.method` or by tool; what is not named follows the risk of the method. */
export const policy = z.strictObject({
  methods: z.record(
    z
      .string()
      .regex(/^[a-z][\w]*(\.[\w]+)?$/)
      .max(100),
    rules,
  ),
});
export type Policy = z.infer<typeof policy>;
export type Rule = z.infer<typeof rule>;

/** Without a person's word a viewer changes nothing, and nobody does what is sensitive. */
const BY_RISK: Record<Method['risk'], Record<Role, Rule>> = {
  read: { viewer: 'allow', operator: 'allow', admin: 'allow' },
  write: { viewer: 'deny', operator: 'allow', admin: 'allow' },
  sensitive: { viewer: 'deny', operator: 'ask', admin: 'ask' },
};

/** The rule for a method and a role: its own, else its tool's, else that of its risk. */
export function ruleOf({ methods }: Policy, tool: string, risk: Method['risk'], role: Role): Rule {
  const named = (name: string): Rule | undefined => (Object.hasOwn(methods, name) ? methods[name]?.[role] : undefined);
  return named(tool) ?? named(tool.split('.')[0] ?? '') ?? BY_RISK[risk][role];
}
