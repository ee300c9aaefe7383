/** Longest wait for the agent, in ms. */
const ANSWER_MS = 180_000;

export type Reply = { ok: boolean; words: string };

/** Sends `text` as the next message of the conversation `gemini`; a failure comes back in words. */
export async function sendMessage(
  text: string,
  { endpoint, key }: { endpoint: string; key: string | undefined },
  signal: AbortSignal,
): Promise<Reply> {
  if (!URL.canParse('/api/message', endpoint)) return failed(`"${endpoint}" is no address.`, 'Set TWIN_ENDPOINT.');
  let response: Response;
  try {
    response = await fetch(new URL('/api/message', endpoint), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...(key !== undefined && { authorization: `Bearer ${key}` }) },
      body: JSON.stringify({ text, session: 'gemini', wait: true }),
      signal: AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]),
      redirect: 'error',
    });
    const body = (await response.json()) as { answer?: unknown; error?: { message?: string; next?: string } };
    if (response.ok && typeof body.answer === 'string') return { ok: true, words: body.answer };
    if (response.status === 401) return failed('The agent does not know this key.', 'Set TWIN_KEY to an operator key.');
    return failed(body.error?.message ?? `The agent answered with ${response.status}.`, body.error?.next ?? '');
  } catch {
    signal.throwIfAborted();
    return failed(`No agent answers at ${endpoint}.`, 'Start it, or set TWIN_ENDPOINT.');
  }
}

const failed = (what: string, next: string): Reply => ({ ok: false, words: `${what} ${next}`.trim() });
