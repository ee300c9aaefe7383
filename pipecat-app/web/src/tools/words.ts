import type { RuledRole } from '../../../src/server/tool-protocol.js';

export const RULE: Record<RuledRole['rule'], string> = { allow: 'allowed', ask: 'asks first', deny: 'denied' };

export const ROLES = ['viewer', 'operator', 'admin'] as const;

const FROM: Record<RuledRole['from'], string> = {
  default: 'by its risk',
  tool: 'by the policy for the tool',
  method: 'by the policy for the method',
  damaged: 'because policy.json is damaged',
};

/** What holds for a role, and why. */
export const ruleText = ({ rule, from }: RuledRole): string => `${RULE[rule]}, ${FROM[from]}`;
