/** Milliseconds before try number `attempt` (from 1): half a second, doubling to 15 s, spread by a fifth. */
export function backoffMs(attempt: number, random: () => number = Math.random): number {
  const base = Math.min(15_000, 500 * 2 ** (attempt - 1));
  return Math.round(base * (0.9 + 0.2 * random()));
}
