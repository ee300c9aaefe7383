/** Values of a GGUF head that are written here. */
export type GgufValue =
  | { u32: number }
  | { f32: number }
  | { bool: boolean }
  | { text: string }
  | { texts: readonly string[] }
  | { i32s: readonly number[] };

/** A tensor to be written; `shape` has the length of a row first. */
export type GgufWeights = {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: 'f32' | 'q8_0';
  readonly data: Buffer;
};

const ALIGNMENT = 32;
/** Numbers of the value types and tensor types: ggml's docs/gguf.md. */
const TYPE = { u32: 4, i32: 5, f32: 6, bool: 7, text: 8, array: 9 } as const;
const TENSOR_TYPE = { f32: 0, q8_0: 8 } as const;

/** A GGUF file (version 3) as a list of buffers to be written one after the other. */
export function ggufFile(meta: readonly (readonly [string, GgufValue])[], tensors: readonly GgufWeights[]): Buffer[] {
  let offset = 0;
  const infos = tensors.map(({ name, shape, type, data }) => {
    const info = Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(TENSOR_TYPE[type]), u64(offset)]);
    offset += data.length + padding(data.length).length;
    return info;
  });
  const head = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(tensors.length),
    u64(meta.length),
    ...meta.flatMap(([key, value]) => [text(key), encoded(value)]),
    ...infos,
  ]);
  return [head, padding(head.length), ...tensors.flatMap(({ data }) => [data, padding(data.length)])];
}

function encoded(value: GgufValue): Buffer {
  if ('u32' in value) return Buffer.concat([u32(TYPE.u32), u32(value.u32)]);
  if ('f32' in value) return Buffer.concat([u32(TYPE.f32), Buffer.from(Float32Array.of(value.f32).buffer)]);
  if ('bool' in value) return Buffer.concat([u32(TYPE.bool), Buffer.of(value.bool ? 1 : 0)]);
  if ('text' in value) return Buffer.concat([u32(TYPE.text), text(value.text)]);
  if ('texts' in value) return Buffer.concat([array(TYPE.text, value.texts.length), ...value.texts.map(text)]);
  return Buffer.concat([array(TYPE.i32, value.i32s.length), Buffer.from(Int32Array.from(value.i32s).buffer)]);
}

const array = (of: number, length: number): Buffer => Buffer.concat([u32(TYPE.array), u32(of), u64(length)]);
const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const padding = (bytes: number): Buffer => Buffer.alloc((ALIGNMENT - (bytes % ALIGNMENT)) % ALIGNMENT);
