import type { Health } from '../../../src/server/protocol.js';

const EVERY_MS = 15_000;

export type HealthWatch = { askNow(): void; stop(): void };

/** Asks for the health every 15 s while the page is visible, and at once when it becomes visible. */
export function watchHealth(tell: (health: Health | null) => void): HealthWatch {
  const abort = new AbortController();
  const ask = async () => {
    if (document.hidden) return;
    tell(await readHealth(abort.signal));
  };
  const timer = setInterval(() => void ask(), EVERY_MS);
  document.addEventListener('visibilitychange', () => void ask(), { signal: abort.signal });
  return {
    askNow: () => void ask(),
    stop() {
      clearInterval(timer);
      abort.abort();
    },
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
