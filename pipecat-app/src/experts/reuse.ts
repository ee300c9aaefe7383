/** What to erase from evaluated tokens, and how many of the wanted ones are then there. Ranges are `[start, end)`. */
export type Reuse = { erase: readonly { start: number; end: number }[]; kept: number };

/** Fewer tokens than this behind a gap are not worth moving. */
const FEWEST_MOVED = 24;

/**
 * Plans how to get from the evaluated tokens `held` to the beginning of `wanted` with as little evaluation as possible:
 * the common beginning stays; and when one piece was cut out of the conversation (the oldest turn), what follows it is
 * kept too, to be moved down by the engine.
 */
export function planReuse(held: readonly number[], wanted: readonly number[]): Reuse {
  const prefix = sameLength(held, 0, wanted, 0);
  let gap = 0;
  let moved = 0;
  for (let skip = 1; prefix + skip + FEWEST_MOVED <= held.length; skip++) {
    if (held[prefix + skip] !== wanted[prefix]) continue;
    const same = sameLength(held, prefix + skip, wanted, prefix);
    if (same >= FEWEST_MOVED && same > moved) {
      gap = skip;
      moved = same;
    }
  }
  const erase: { start: number; end: number }[] = [];
  if (moved > 0) erase.push({ start: prefix, end: prefix + gap });
  const end = prefix + gap + moved;
  if (end < held.length) erase.push({ start: end, end: held.length });
  return { erase, kept: prefix + moved };
}

function sameLength(a: readonly number[], from: number, b: readonly number[], start: number): number {
  let n = 0;
  while (from + n < a.length && start + n < b.length && a[from + n] === b[start + n]) n++;
  return n;
}
