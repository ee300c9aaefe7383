import type { Tensor } from './ctranslate2.js';

/** The value of a half-precision number (IEEE 754 binary16) given as its 16 bits. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** The tensor's values in single precision, always a copy. */
export function float32({ raw, half }: Tensor): Float32Array {
  const out = new Float32Array(raw.length / (half ? 2 : 4));
  for (let i = 0; i < out.length; i++) out[i] = half ? fromHalf(raw.readUInt16LE(2 * i)) : raw.readFloatLE(4 * i);
  return out;
}

/** `count` rows of the first dimension from row `first`, not copied. */
export function rows(tensor: Tensor, first: number, count: number): Tensor {
  const [all = 1, ...rest] = tensor.shape;
  const rowBytes = tensor.raw.length / all;
  return { ...tensor, shape: [count, ...rest], raw: tensor.raw.subarray(first * rowBytes, (first + count) * rowBytes) };
}
