import type { ClusterState, ExpertView, NodeView } from '../../../src/server/cluster-protocol.js';

/** A state as people read it, and the tile that has its colour; the sign is for the eye only. */
export const STATE: Record<ClusterState, { word: string; sign: string; tile: string }> = {
  awake: { word: 'Awake', sign: '●', tile: 'awake' },
  loading: { word: 'Loading', sign: '…', tile: 'loading' },
  degraded: { word: 'Degraded', sign: '▲', tile: 'degraded' },
  asleep: { word: 'Asleep', sign: '☾', tile: 'asleep' },
  lost: { word: 'Lost', sign: '✗', tile: 'lost' },
};

export const slotsText = ({ slots }: Pick<ExpertView, 'slots'>): string =>
  slots === null ? 'not told' : `${slots.busy} of ${slots.total} busy`;

export const speedText = ({ tokens_per_second: speed }: Pick<ExpertView, 'tokens_per_second'>): string =>
  speed === null ? 'not measured yet' : `${speed < 10 ? speed.toFixed(1) : Math.round(speed)} tok/s`;

/** `4 cores · 7.7 GiB`, as far as it is known. */
export function sizeText({ cores, memory_mb: mb }: Pick<NodeView, 'cores' | 'memory_mb'>): string {
  const parts = [
    ...(cores > 0 ? [cores === 1 ? '1 core' : `${cores} cores`] : []),
    ...(mb > 0 ? [mb < 1024 ? `${mb} MiB` : `${(mb / 1024).toFixed(1)} GiB`] : []),
  ];
  return parts.join(' · ') || 'unknown';
}

/** `3 awake, 1 lost`: how many are in which state, worst last. */
export function countText(states: readonly ClusterState[]): string {
  const counts = (Object.keys(STATE) as ClusterState[]).map((state) => ({
    word: STATE[state].word.toLowerCase(),
    count: states.filter((one) => one === state).length,
  }));
  return counts
    .filter(({ count }) => count > 0)
    .map(({ word, count }) => `${count} ${word}`)
    .join(', ');
}
