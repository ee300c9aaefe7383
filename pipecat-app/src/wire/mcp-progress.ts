import type { ServerContext } from '@modelcontextprotocol/server';

/** Between two signs of life, in ms. */
const EVERY_MS = 5000;

/**
 * Tells a client that gave a progress token how many seconds its call has run, every five, so that it does not give up
 * while a person is asked. Returns what to call when the call has ended.
 */
export function tellProgress({ mcpReq }: Pick<ServerContext, 'mcpReq'>): () => void {
  const progressToken = mcpReq._meta?.progressToken;
  if (progressToken === undefined) return () => undefined;
  let progress = 0;
  const timer = setInterval(() => {
    progress += EVERY_MS / 1000;
    const params = { progressToken, progress, message: 'Still at it; a person may have been asked.' };
    // A client that has gone is noticed elsewhere.
    mcpReq.notify({ method: 'notifications/progress', params }).catch(() => undefined);
  }, EVERY_MS);
  return () => clearInterval(timer);
}
