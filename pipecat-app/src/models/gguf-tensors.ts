import { open } from 'node:fs/promises';
import { TwinError } from '../errors.js';

/** A tensor of a GGUF file; the first number of `shape` is the length of a row. */
export type GgufTensor = { name: string; shape: readonly number[] };

/** Most of a head is the vocabulary: some megabytes. */
const FIRST_READ_BYTES = 1 << 24;
const STRING = 8;
const ARRAY = 9;
/** Bytes of the plain types of values, by their number. */
const WIDTH: Readonly<Record<number, number>> = { 0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8 };

/**
 * The tensors that a GGUF file (version 2 or 3, ggml's docs/gguf.md) names in its head; the weights are not read.
 * @throws TwinError `TWIN_MODEL_FORMAT`.
 */
export async function ggufTensors(path: string): Promise<GgufTensor[]> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    for (let bytes = FIRST_READ_BYTES; ; bytes *= 2) {
      const head = Buffer.alloc(Math.min(bytes, size));
      await file.read(head, 0, head.length, 0);
      try {
        return parseHead(head);
      } catch (cause) {
        if (!(cause instanceof RangeError)) throw cause;
        if (head.length === size) throw wrong('its head is cut short', cause);
      }
    }
  } finally {
    await file.close();
  }
}

/** @throws RangeError when the head goes on behind the end of the buffer. */
function parseHead(head: Buffer): GgufTensor[] {
  let at = 0;
  const skip = (bytes: number): number => {
    at += bytes;
    if (at > head.length) throw new RangeError();
    return at - bytes;
  };
  const u32 = (): number => head.readUInt32LE(skip(4));
  const u64 = (): number => Number(head.readBigUInt64LE(skip(8)));
  const text = (): string => {
    const bytes = u64();
    const from = skip(bytes);
    return head.toString('utf8', from, from + bytes);
  };
  const skipValue = (type: number): void => {
    if (type === STRING) skip(u64());
    else if (type === ARRAY) {
      const of = u32();
      const count = u64();
      if (of === STRING) for (let i = 0; i < count; i++) skip(u64());
      else skip(count * widthOf(of));
    } else skip(widthOf(type));
  };
  if (head.toString('latin1', 0, 4) !== 'GGUF') throw wrong('it does not begin with GGUF');
  skip(4);
  const version = u32();
  if (version !== 2 && version !== 3) throw wrong(`it has version ${version}`);
  const tensors = u64();
  for (let left = u64(); left > 0; left--) {
    skip(u64());
    skipValue(u32());
  }
  return Array.from({ length: tensors }, () => {
    const name = text();
    const shape = Array.from({ length: u32() }, u64);
    skip(4 + 8); // type and offset
    return { name, shape };
  });
}

function widthOf(type: number): number {
  const width = WIDTH[type];
  if (width === undefined) throw wrong(`it has a value of the unknown type ${type}`);
  return width;
}

const wrong = (why: string, cause?: unknown) =>
  new TwinError('TWIN_MODEL_FORMAT', `This is no usable GGUF file: ${why}.`, { cause });
