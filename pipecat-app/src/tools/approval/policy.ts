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

/** A rule and where it is from; `damaged`: nobody knows what `policy.json` said. */
export type Ruled = { rule: Rule; default: Rule; from: 'default' | 'tool' | 'method' | 'damaged' };

/**
 * The rule for a method and a role: its own, else its tool's, else that of its risk.
 * @param policy undefined while its file is damaged: it may have forbidden something, so only reading is allowed
 */
export function ruled(policy: Policy | undefined, method: string, risk: Method['risk'], role: Role): Ruled {
  const byRisk = BY_RISK[risk][role];
  if (policy === undefined) return { rule: risk === 'read' ? 'allow' : 'deny', default: byRisk, from: 'damaged' };
  const { methods } = policy;
  const named = (name: string): Rule | undefined => (Object.hasOwn(methods, name) ? methods[name]?.[role] : undefined);
  const own = named(method);
  if (own) return { rule: own, default: byRisk, from: 'method' };
  const its = named(method.split('.')[0] ?? '');
  return its ? { rule: its, default: byRisk, from: 'tool' } : { rule: byRisk, default: byRisk, from: 'default' };
}

/** `before` with other rules for one method or tool; null takes a rule back. */
export function withRules(
  before: Policy,
  name: string,
  change: Partial<Record<Role, Rule | null | undefined>>,
): Policy {
  const { [name]: its = {}, ...others } = before.methods;
  const next = Object.entries({ ...its, ...change }).filter(([, one]) => one !== null && one !== undefined);
  return { methods: { ...others, ...(next.length > 0 && { [name]: Object.fromEntries(next) }) } };
}
