import { once } from 'node:events';
import { connect } from 'node:net';
import type { Instance } from '../consul-agent.js';

/** Undefined when an expert answers as it should; else, in one sentence, the first thing that it does not do. */
export async function probe({ address, port }: Instance, patienceMs: number): Promise<string | undefined> {
  const signal = AbortSignal.timeout(patienceMs);
  const base = `http://${address}:${port}`;
  try {
    await dial(address, port, signal);
  } catch (error) {
    return `no TCP connection (${wordsOf(error, signal)})`;
  }
  try {
    const health = await fetch(`${base}/health`, { signal });
    if (!health.ok) return `/health answers ${health.status}`;
    await health.body?.cancel();
    const answer = await fetch(`${base}/v1/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      // Not cached: the check must not push out what a person waits for.
      body: JSON.stringify({ prompt: 'Hello', max_tokens: 1, cache_prompt: false }),
      signal,
    });
    if (!answer.ok) return `a completion is answered with ${answer.status}`;
    const body = (await answer.json()) as { usage?: { completion_tokens?: number } };
    return body.usage?.completion_tokens === 1 ? undefined : 'a completion brings no token';
  } catch (error) {
    return `no answer (${wordsOf(error, signal)})`;
  }
}

async function dial(host: string, port: number, signal: AbortSignal): Promise<void> {
  const socket = connect({ host, port });
  try {
    await once(socket, 'connect', { signal });
  } finally {
    socket.destroy();
  }
}

function wordsOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return 'it took too long';
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : String(cause);
}
