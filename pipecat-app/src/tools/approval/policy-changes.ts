import { TwinError } from '../../errors.js';
import type { AuditLog } from './audit-log.js';
import type { Policy } from './policy.js';
import type { PolicyFile } from './policy-file.js';
import { canonicalJson } from './shown-text.js';

/** A whole policy, or what becomes of the present one. */
export type PolicyChange = Policy | ((before: Policy) => Policy);

export type PolicyChangesParts = {
  policy: Pick<PolicyFile, 'current' | 'save'>;
  audit: Pick<AuditLog, 'append'>;
};

/** Changes of the policy, one after the other so that none is lost, each in the audit log before it holds. */
export class PolicyChanges {
  #last: Promise<void> = Promise.resolve();

  constructor(private readonly parts: PolicyChangesParts) {}

  /**
   * @param by who changes it
   * @throws TwinError `TWIN_POLICY`, `TWIN_POLICY_DAMAGED` (a part of it cannot be changed), `TWIN_AUDIT`
   */
  async make(change: PolicyChange, by: string): Promise<void> {
    const making = this.#last.then(() => this.#make(change, by));
    this.#last = making.catch(() => undefined);
    await making;
  }

  async #make(change: PolicyChange, by: string): Promise<void> {
    const { policy, audit } = this.parts;
    const next = typeof change === 'function' ? change(there(policy.current)) : change;
    await audit.append('policy', { policy: canonicalJson(next), by });
    await policy.save(next);
  }
}

function there(policy: Policy | undefined): Policy {
  if (policy !== undefined) return policy;
  throw new TwinError('TWIN_POLICY_DAMAGED', 'policy.json cannot be understood, so a part of it cannot be changed.', {
    next: 'Correct the file and start the agent again, or replace the whole policy with `PUT /api/policy`.',
  });
}
