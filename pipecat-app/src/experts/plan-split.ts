/** A machine that could take layers. Costs are of any one unit, here seconds of a reference turn. */
export type Worker = {
  name: string;
  /** Layers that its memory holds. */
  room: number;
  layerCost: number;
  /** Cost of using it at all. */
  hopCost: number;
};

/** Which worker takes how many layers (none missing, none zero), and what it costs together. */
export type Split = { shares: { name: string; layers: number }[]; cost: number };

/**
 * The cheapest way to spread `layers` over some of `workers`, or undefined when their memory is too small together.
 * Layers are visited one after the other, so costs add up and a slow machine is left out unless its memory is needed:
 * exact by dynamic programming over the workers, in (workers × layers) steps. Of equal splits the one that uses earlier
 * workers is taken.
 */
export function cheapestSplit(layers: number, workers: readonly Worker[]): Split | undefined {
  const usable = workers.filter(({ room }) => room > 0);
  if (usable.reduce((sum, { room }) => sum + room, 0) < layers) return undefined;
  let best = new Float64Array(layers + 1).fill(Number.POSITIVE_INFINITY);
  best[0] = 0;
  const taken: Int32Array[] = [];
  // The counts m of layers placed before, cheapest first by saved[m] = best[m] - m × layerCost, all within `room`.
  const window = new Int32Array(layers + 1);
  const saved = new Float64Array(layers + 1);
  for (const { room, layerCost, hopCost } of usable) {
    const next = best.slice();
    const take = new Int32Array(layers + 1);
    let first = 0;
    let end = 0;
    for (let n = 1; n <= layers; n++) {
      const value = (best[n - 1] as number) - (n - 1) * layerCost;
      saved[n - 1] = value;
      while (end > first && (saved[window[end - 1] as number] as number) > value) end--;
      window[end++] = n - 1;
      if ((window[first] as number) < n - room) first++;
      const from = window[first] as number;
      const cost = (saved[from] as number) + n * layerCost + hopCost;
      if (cost < (next[n] as number)) {
        next[n] = cost;
        take[n] = n - from;
      }
    }
    best = next;
    taken.push(take);
  }
  const cost = best[layers] as number;
  if (!Number.isFinite(cost)) return undefined;
  const shares: { name: string; layers: number }[] = [];
  let left = layers;
  for (let i = usable.length - 1; i >= 0; i--) {
    const count = taken[i]?.[left] ?? 0;
    if (count === 0) continue;
    shares.unshift({ name: (usable[i] as Worker).name, layers: count });
    left -= count;
  }
  return { shares, cost };
}
