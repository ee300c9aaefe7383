import type { ApprovalRequest } from '../../../src/server/protocol.js';

export const RISK: Record<ApprovalRequest['risk'], string> = {
  read: 'Reads',
  write: 'Changes something',
  sensitive: 'Sensitive',
};

export const DOOR: Record<ApprovalRequest['door'], string> = {
  voice: 'by voice',
  text: 'by text',
  api: 'by the REST API',
  mcp: 'by MCP',
  agent: 'from another agent',
};

/** What became of a request, as people say it. */
export function statusText({ status, by, outcome }: Pick<ApprovalRequest, 'status' | 'by' | 'outcome'>): string {
  const whose = by === '' ? '' : ` by ${by}`;
  switch (status) {
    case 'new':
      return 'Waiting';
    case 'approved':
      return `Allowed${whose}${outcome === null ? '' : outcome.ok ? ', done' : ', failed'}`;
    case 'denied':
      return `Denied${whose}`;
    case 'expired':
      return 'Denied: nobody decided in time';
    case 'withdrawn':
      return 'Withdrawn: who asked has gone';
  }
}
