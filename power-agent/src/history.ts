import type { PowerChange } from '@twin/hashi/power/power-report.js';

const DAY_MS = 86_400_000;
/** A key in Consul is small, and every reader takes all of it. */
const MOST = 300;

/**
 * What is kept: the changes of a day, and before it the last one of each, which says how it was when the day began. At most
 * 300, the newest.
 */
export function newest(changes: readonly PowerChange[], now: number): PowerChange[] {
  const last = new Map(
    changes.filter(({ at }) => at < now - DAY_MS).map((change) => [`${change.of} ${change.name}`, change]),
  );
  return [...last.values(), ...changes.filter(({ at }) => at >= now - DAY_MS)].slice(-MOST);
}
