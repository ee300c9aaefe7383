/** Longest wait for commands by meaning, memories and tools by meaning, in ms; an answer begins without them then. */
const RECALL_MS = 150;

/** What `ask` gives within `RECALL_MS`, else `without`; never throws. */
export async function inTime<T>(
  without: T,
  ask: ((signal: AbortSignal) => Promise<T>) | undefined,
  signal: AbortSignal,
): Promise<T> {
  if (ask === undefined) return without;
  const limit = AbortSignal.timeout(RECALL_MS);
  const late = new Promise<T>((resolve) => limit.addEventListener('abort', () => resolve(without), { once: true }));
  return Promise.race([ask(AbortSignal.any([signal, limit])).catch(() => without), late]);
}
