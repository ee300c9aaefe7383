import type { Health } from '../../../src/server/protocol.js';

const EVERY_MS = 15_000;

/** Asks for the health every 15 s while the page is visible, and at once when it becomes visible. Returns the stop. */
export function watchHealth(tell: (health: Health | null) => void): () => void {
  const abort = new AbortController();
  const ask = async () => {
    if (document.hidden) return;
    tell(await readHealth(abort.signal));
  };
  const timer = setInterval(() => void ask(), EVERY_MS);
  document.addEventListener('visibilitychange', () => void ask(), { signal: abort.signal });
  void ask();
  return () => {
    clearInterval(timer);
    abort.abort();
  };
}

async function readHealth(signal: AbortSignal): Promise<Health | null> {
  try {
    const response = await fetch('/health', { signal, cache: 'no-store' });
    // 503 carries the same report: it says which part is missing.
    return response.ok || response.status === 503 ? ((await response.json()) as Health) : null;
  } catch {
    return null;
  }
}
