const MOST = 127;

/** Vectors of length 1, one behind the other, with one byte per number: each is stretched until its largest number is `MOST`. */
export function toBytes(all: Float32Array, dimensions: number): Int8Array {
  const out = new Int8Array(all.length);
  for (let from = 0; from < all.length; from += dimensions) {
    const vector = all.subarray(from, from + dimensions);
    const largest = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 0) || 1;
    for (const [i, value] of vector.entries()) out[from + i] = Math.round((value / largest) * MOST);
  }
  return out;
}

/** The same vectors again, with length 1; what was rounded off turns them by less than a degree. */
export function fromBytes(all: Int8Array, dimensions: number): Float32Array {
  const out = new Float32Array(all.length);
  for (let from = 0; from < all.length; from += dimensions) {
    let sum = 0;
    for (let i = from; i < from + dimensions; i++) sum += (all[i] as number) ** 2;
    const length = Math.sqrt(sum) || 1;
    for (let i = from; i < from + dimensions; i++) out[i] = (all[i] as number) / length;
  }
  return out;
}
