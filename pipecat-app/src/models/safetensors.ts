import { z } from 'zod';
import { TwinError } from '../errors.js';

/** A tensor in single precision, row-major. */
export type FloatTensor = { readonly shape: readonly number[]; readonly values: Float32Array };

const header = z.record(
  z.string(),
  z.looseObject({
    dtype: z.string().optional(),
    shape: z.array(z.number().int().nonnegative()).optional(),
    data_offsets: z.tuple([z.number().int().nonnegative(), z.number().int().nonnegative()]).optional(),
  }),
);

/**
 * The single-precision tensors of a safetensors file by name: eight bytes with the length of a JSON head, the head, the
 * values in little-endian order. Tensors of other types are left out.
 * @throws TwinError `TWIN_MODEL_FORMAT`
 */
export function readSafetensors(file: Buffer): Map<string, FloatTensor> {
  const tensors = new Map<string, FloatTensor>();
  const { head, base } = readHead(file);
  for (const [name, { dtype, shape, data_offsets: range }] of Object.entries(head)) {
    if (dtype !== 'F32' || !shape || !range) continue;
    const [from, to] = range;
    const items = shape.reduce((product, n) => product * n, 1);
    if (to - from !== 4 * items || base + to > file.length) throw wrong(`tensor ${name} is cut`);
    // A copy: the values need not begin at a multiple of four.
    const values = new Float32Array(items);
    file.copy(new Uint8Array(values.buffer), 0, base + from, base + to);
    tensors.set(name, { shape, values });
  }
  return tensors;
}

function readHead(file: Buffer): { head: z.infer<typeof header>; base: number } {
  try {
    const bytes = Number(file.readBigUInt64LE(0));
    return { head: header.parse(JSON.parse(file.toString('utf8', 8, 8 + bytes))), base: 8 + bytes };
  } catch (cause) {
    throw wrong('its head cannot be read', cause);
  }
}

const wrong = (why: string, cause?: unknown) =>
  new TwinError('TWIN_MODEL_FORMAT', `The safetensors file cannot be used: ${why}.`, { cause });
