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
  let best: number[] = [0, ...Array<number>(layers).fill(Number.POSITIVE_INFINITY)];
  const taken: Int32Array[] = [];
  for (const { room, layerCost, hopCost } of workers) {
    const next = best.slice();
    const take = new Int32Array(layers + 1);
    // `window` holds the counts m of layers placed before, cheapest first by best[m] - m × layerCost, within `room`.
    const window: number[] = [];
    const saved = (m: number): number => (best[m] as number) - m * layerCost;
    for (let n = 1; n <= layers; n++) {
      while (window.length > 0 && saved(window.at(-1) as number) > saved(n - 1)) window.pop();
      window.push(n - 1);
      if ((window[0] as number) < n - room) window.shift();
      const from = window[0];
      if (from === undefined) continue;
      const cost = saved(from) + n * layerCost + hopCost;
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
  for (let i = workers.length - 1; i >= 0; i--) {
    const count = taken[i]?.[left] ?? 0;
    if (count === 0) continue;
    shares.unshift({ name: (workers[i] as Worker).name, layers: count });
    left -= count;
  }
  return { shares, cost };
}
