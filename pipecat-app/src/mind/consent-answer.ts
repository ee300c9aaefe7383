import type { Approvals } from '../tools/approval/approvals.js';
import { consentQuestion, isPieceOf, wasToldEffect } from '../tools/approval/question.js';
import { spokenAnswer } from '../tools/approval/spoken.js';
import type { Caller } from '../tools/tool.js';

/** How long after the question a bare "yes" is taken for its answer, in ms. */
const WINDOW_MS = 60_000;
const ELSEWHERE = 'Please approve it in Mission Control.';

/**
 * What to say when `text` answers a question for consent in the session of `caller`; undefined when it is something else.
 * A spoken yes is enough for low risk, only while one request waits, and only as an answer to the question: when
 * something else was said since, or the question was cut off before it said what would be done, it is asked again. A no
 * always denies the newest.
 * @param heard the last thing that the person heard of the agent
 * @param now ms since 1970
 */
export async function consentAnswer(
  approvals: Pick<Approvals, 'waiting' | 'answer'>,
  text: string,
  { session, role, name, keyId }: Caller,
  heard: string,
  now: number,
): Promise<string | undefined> {
  const waiting = approvals.waiting(session);
  const said = waiting && spokenAnswer(text);
  if (!waiting || said === 'other') return undefined;
  const { request, count } = waiting;
  const by = { role, name, way: 'spoken', ...(keyId !== undefined && { keyId }) } as const;
  if (said === 'yes') {
    if (!request.spoken || count > 1 || now - request.at > WINDOW_MS) return ELSEWHERE;
    if (!wasToldEffect(request, heard)) return consentQuestion(request);
    // It may be the agent's own voice that came back.
    if (isPieceOf(text, heard)) return ELSEWHERE;
  }
  try {
    await approvals.answer(request.id, said === 'yes' ? 'approve' : 'deny', request.digest, by);
    return said === 'yes' ? 'All right.' : 'All right, I will leave it.';
  } catch {
    return 'That could not be decided here. Please look in Mission Control.';
  }
}
