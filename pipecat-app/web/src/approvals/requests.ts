import type { ApprovalRequest } from '../../../src/server/protocol.js';

/** As many as are kept and shown. */
const KEPT = 200;

/** How far a request has come; it never goes back. */
const progress = ({ status, outcome }: ApprovalRequest): number => (status === 'new' ? 0 : outcome === null ? 1 : 2);

/** `list`, newest first, with what is known now of one request. News that is older than what is known changes nothing. */
export function merged(list: readonly ApprovalRequest[], request: ApprovalRequest): ApprovalRequest[] {
  const known = list.find(({ id }) => id === request.id);
  if (known && progress(known) >= progress(request)) return [...list];
  const others = list.filter((one) => one !== known);
  return [...others, request].sort((a, b) => b.at - a.at).slice(0, KEPT);
}

/** What can still be decided at `now` (ms since 1970), oldest first. */
export const waitingOf = (list: readonly ApprovalRequest[], now: number): ApprovalRequest[] =>
  list.filter(({ status, until }) => status === 'new' && now < until).reverse();

/** `1:05` until `until`; `0:00` when it is over. Both in ms since 1970. */
export function leftText(until: number, now: number): string {
  const seconds = Math.max(0, Math.ceil((until - now) / 1000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
