import type { PowerChange } from '@twin/hashi/power/power-report.js';
import type { PowerMoment, PowerSpan } from '../server/power-protocol.js';

export type Change = Pick<PowerChange, 'at' | 'why'> & { state: PowerMoment };

/**
 * The time between `from` and `to` in pieces of one state each, out of what changed, from several tellers in any order. Before
 * the first change nothing is known, and nothing is told.
 */
export function spansOf(changes: readonly Change[], from: number, to: number): PowerSpan[] {
  const inOrder = changes.filter(({ at }) => at <= to).sort((a, b) => a.at - b.at);
  const spans: PowerSpan[] = [];
  for (const { state, at, why } of inOrder) {
    const last = spans.at(-1);
    if (last?.state === state) continue;
    if (last) last.to = at;
    spans.push({ state, from: at, to, why });
  }
  return spans
    .filter((span) => span.to > Math.max(from, span.from))
    .map((span) => ({ ...span, from: Math.max(from, span.from) }));
}
