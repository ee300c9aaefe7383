import { TwinError } from '../../errors.js';
import type { ApprovalRequest, Role } from '../../server/protocol.js';
import type { Decision } from './lifecycle.js';
import type { PolicyFile } from './policy-file.js';

/** Who decides. `page`: signed in with a browser; `key`: with an API key; `spoken`: in the conversation itself. */
export type Decider = { role: Role; name: string; keyId?: string; way: 'page' | 'key' | 'spoken' };

/**
 * A request is decided by an operator or administrator. A key that asked by `mcp` or `agent` belongs to a program and
 * decides nothing of its own. Nobody approves what the policy forbids to them or to the one who asked.
 * @param askedWith id of the key that asked
 * @throws TwinError `TWIN_FORBIDDEN`
 */
export function checkAuthority(
  { tool, risk, door, role }: ApprovalRequest,
  askedWith: string | undefined,
  decision: Decision,
  by: Decider,
  policy: Pick<PolicyFile, 'ruleOf'>,
): void {
  if (by.role === 'viewer') throw no('Your role may only watch.', 'Ask an operator to decide.');
  const program = door === 'mcp' || door === 'agent';
  if (program && by.way === 'key' && (askedWith === undefined || by.keyId === undefined || by.keyId === askedWith)) {
    throw no('The key that asked cannot decide its own request.', 'Decide in Mission Control, or with another key.');
  }
  if (decision === 'deny') return;
  const forbidden = [by.role, role].find((its) => policy.ruleOf(tool, risk, its) === 'deny');
  if (forbidden) throw no(`The policy forbids ${tool} for the role ${forbidden}.`, 'An administrator can change it.');
}

const no = (message: string, next: string): TwinError => new TwinError('TWIN_FORBIDDEN', message, { next });
