import type { Approvals } from '../tools/approval/approvals.js';
import { spokenAnswer } from '../tools/approval/spoken.js';
import type { Caller } from '../tools/tool.js';

/** How long after the question a bare "yes" is taken for its answer, in ms. */
const WINDOW_MS = 60_000;

/**
 * What to say when `text` answers a question for consent in the session of `caller`; undefined when it is something else.
 * A spoken yes is enough for low risk, and only while one request waits; a no always denies the newest.
 * @param now ms since 1970
 */
export async function consentAnswer(
  approvals: Pick<Approvals, 'waiting' | 'answer'>,
  text: string,
  { session, role, name, keyId }: Caller,
  now: number,
): Promise<string | undefined> {
  const waiting = approvals.waiting(session);
  const said = waiting && spokenAnswer(text);
  if (!waiting || said === 'other') return undefined;
  const { request, count } = waiting;
  const by = { role, name, way: 'spoken', ...(keyId !== undefined && { keyId }) } as const;
  const late = now - request.at > WINDOW_MS;
  if (said === 'yes' && (!request.spoken || count > 1 || late)) return 'Please approve it in Mission Control.';
  try {
    await approvals.answer(request.id, said === 'yes' ? 'approve' : 'deny', request.digest, by);
    return said === 'yes' ? 'All right.' : 'All right, I will leave it.';
  } catch {
    return 'That could not be decided here. Please look in Mission Control.';
  }
}
