import { z } from 'zod';
import { type Policy, ruled } from '../../tools/approval/policy.js';
import type { MethodListing, ToolListing } from '../../tools/registry.js';
import type { MethodRules, MethodView, ToolView } from '../tool-protocol.js';

/** @param policy undefined while its file is damaged */
export function asMethodRules(
  { name, risk }: Pick<MethodListing, 'name' | 'risk'>,
  policy: Policy | undefined,
): MethodRules {
  const of = (role: 'viewer' | 'operator' | 'admin') => ruled(policy, name, risk, role);
  return { name, risk, policy: { viewer: of('viewer'), operator: of('operator'), admin: of('admin') } };
}

export function asToolView(
  { name, description, unavailable, methods }: ToolListing,
  policy: Policy | undefined,
): ToolView {
  return {
    name,
    description,
    missing: missingOf(unavailable),
    methods: methods.map((method) => asMethodView(method, policy)),
  };
}

function asMethodView(method: MethodListing, policy: Policy | undefined): MethodView {
  const { $schema: _, ...args } = z.toJSONSchema(method.args, { io: 'input', unrepresentable: 'any' });
  return {
    ...asMethodRules(method, policy),
    description: method.description,
    missing: missingOf(method.unavailable),
    spoken: method.spokenConsent === true,
    args,
    examples: [...(method.examples ?? [])],
  };
}

/** A tool says in its first sentence why, and in those behind it what to do. */
function missingOf(unavailable: string | undefined): ToolView['missing'] {
  if (unavailable === undefined) return null;
  const [, reason = unavailable, next = ''] = /^(.*?[.!?])\s+(?=\p{Lu})(.*)$/su.exec(unavailable) ?? [];
  return { reason, next };
}
