/** Values of one block, and the bytes it takes: a scale in half precision and the values as signed bytes. */
const VALUES = 32;
const BYTES = 34;

/** ggml's q8_0 of values whose rows are multiples of 32 long (ggml-quants.c, quantize_row_q8_0_ref). */
export function q8Blocks(values: Float32Array): Buffer {
  if (values.length % VALUES !== 0) throw new RangeError(`${values.length} values are no whole number of blocks`);
  const out = Buffer.alloc((values.length / VALUES) * BYTES);
  for (let from = 0, at = 0; from < values.length; from += VALUES, at += BYTES) {
    let most = 0;
    for (let i = 0; i < VALUES; i++) most = Math.max(most, Math.abs(values[from + i] as number));
    const scale = Math.fround(most / 127);
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    out.writeUInt16LE(toHalf(scale), at);
    for (let i = 0; i < VALUES; i++) {
      const x = Math.fround((values[from + i] as number) * inverse);
      out.writeInt8(Math.sign(x) * Math.floor(Math.abs(x) + 0.5), at + 2 + i);
    }
  }
  return out;
}

const single = new Float32Array(1);
const bits = new Uint32Array(single.buffer);

/** The 16 bits of the half-precision number (IEEE 754 binary16) that is nearest, ties to even; overflow is infinite. */
export function toHalf(value: number): number {
  single[0] = value;
  const [all = 0] = bits;
  const sign = (all >>> 16) & 0x8000;
  const rest = all & 0x7fffffff;
  if (rest > 0x7f800000) return sign | 0x7e00;
  if (rest >= 0x47800000) return sign | 0x7c00;
  if (rest < 0x38800000) {
    // Below the smallest normal number: steps of 2^-24.
    const steps = Math.abs(value) * 2 ** 24;
    const down = Math.floor(steps);
    const part = steps - down;
    return sign | (part > 0.5 || (part === 0.5 && down % 2 === 1) ? down + 1 : down);
  }
  const rounded = rest + 0xfff + ((rest >>> 13) & 1);
  return sign | ((rounded - 0x38000000) >>> 13);
}
