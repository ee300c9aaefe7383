import { TwinError } from '../../errors.js';
import type { ApprovalRequest } from '../../server/protocol.js';

export type Decision = 'approve' | 'deny' | 'session';
/** What ends the waiting for a decision. */
export type Ending = { type: 'decided'; decision: Decision; by: string } | { type: 'expired' } | { type: 'withdrawn' };

/**
 * A request after what happened to it at `now` (ms since 1970). Only `new` ones change: a request is decided once.
 * @throws TwinError `TWIN_APPROVAL_EXPIRED`, `TWIN_APPROVAL_DECIDED`
 */
export function ended(request: ApprovalRequest, ending: Ending, now: number): ApprovalRequest {
  if (request.status === 'expired' || (request.status === 'new' && now >= request.until && ending.type === 'decided')) {
    throw new TwinError('TWIN_APPROVAL_EXPIRED', 'Nobody decided in time, so it was not done.', {
      next: 'Ask the agent again.',
    });
  }
  if (request.status !== 'new') {
    throw new TwinError('TWIN_APPROVAL_DECIDED', `This request is ${request.status} already.`, {
      next: 'Ask the agent again if you want something else.',
    });
  }
  if (ending.type !== 'decided') return { ...request, status: ending.type };
  return { ...request, status: ending.decision === 'deny' ? 'denied' : 'approved', by: ending.by };
}
