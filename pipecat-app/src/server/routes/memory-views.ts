import type { Fact } from '../../memory/facts.js';
import type { SavedState } from '../../memory/states.js';
import type { FactView, StateView } from '../memory-protocol.js';

const iso = (ms: number): string => new Date(ms).toISOString();

export function asFactView(fact: Fact, score?: number | null): FactView {
  const { id, text, at, source, pinned, enabled, used, supersededBy } = fact;
  const view = { id, text, ts: iso(at), source, pinned, enabled, used, superseded_by: supersededBy };
  return score === undefined ? view : { ...view, score };
}

export const asStateView = ({ name, at, bytes }: SavedState): StateView => ({ name, ts: iso(at), bytes });
