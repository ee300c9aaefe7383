import { join } from 'node:path';
import type { Config } from './config.js';
import type { Audience } from './tools/announcer.js';
import { Approvals } from './tools/approval/approvals.js';
import { AuditLog } from './tools/approval/audit-log.js';
import { PolicyFile } from './tools/approval/policy-file.js';

/**
 * The gate before tool calls, with its files in `TWIN_HOME`.
 * @throws TwinError `TWIN_AUDIT`
 */
export async function approvalParts(
  config: Config,
  audience: Pick<Audience, 'tell'>,
  onProblem: (error: unknown) => void,
): Promise<{ approvals: Approvals; audit: AuditLog }> {
  const audit = await AuditLog.open(join(config.TWIN_HOME, 'audit.jsonl'));
  const policy = await PolicyFile.open(join(config.TWIN_HOME, 'policy.json'), onProblem);
  const announce = (session: string, text: string): void => audience.tell(session, text);
  const timeoutMs = config.APPROVAL_TIMEOUT_S * 1000;
  return { approvals: new Approvals({ policy, audit, timeoutMs, announce, onProblem }), audit };
}
