/** The types of GGUF values that are used here. */
type Value = { u32: number } | { f32: number } | { text: string };

const ALIGNMENT = 32;
const F32 = 0;
const TYPE = { u32: 4, f32: 6, text: 8 } as const;

/**
 * A GGUF file (version 3) of a llama with random weights in single precision: two layers, width 64, about 100 000
 * parameters and no vocabulary. Enough for llama-quantize; it cannot speak.
 */
export function tinyGguf(seed = 1): Buffer {
  const [width, inner, layers, vocabulary] = [64, 128, 2, 96];
  const meta: [string, Value][] = [
    ['general.architecture', { text: 'llama' }],
    ['general.file_type', { u32: 0 }],
    ['llama.context_length', { u32: 128 }],
    ['llama.embedding_length', { u32: width }],
    ['llama.block_count', { u32: layers }],
    ['llama.feed_forward_length', { u32: inner }],
    ['llama.attention.head_count', { u32: 4 }],
    ['llama.attention.head_count_kv', { u32: 4 }],
    ['llama.attention.layer_norm_rms_epsilon', { f32: 1e-5 }],
    ['llama.rope.dimension_count', { u32: 16 }],
    ['llama.vocab_size', { u32: vocabulary }],
    ['tokenizer.ggml.model', { text: 'no_vocab' }],
  ];
  const tensors: [string, number[]][] = [
    ['token_embd.weight', [width, vocabulary]],
    ['output_norm.weight', [width]],
    ['output.weight', [width, vocabulary]],
  ];
  for (let layer = 0; layer < layers; layer++) {
    const add = (name: string, ...shape: number[]) => tensors.push([`blk.${layer}.${name}.weight`, shape]);
    for (const name of ['attn_q', 'attn_k', 'attn_v', 'attn_output']) add(name, width, width);
    for (const name of ['attn_norm', 'ffn_norm']) add(name, width);
    for (const name of ['ffn_gate', 'ffn_up']) add(name, width, inner);
    add('ffn_down', inner, width);
  }
  const random = xorshift(seed);
  const data = tensors.map(([, shape]) => {
    const values = new Float32Array(shape.reduce((product, n) => product * n, 1));
    for (let i = 0; i < values.length; i++) values[i] = 0.1 * (random() - 0.5);
    return padded(Buffer.from(values.buffer));
  });
  let offset = 0;
  const infos = tensors.map(([name, shape], i) => {
    const info = Buffer.concat([text(name), u32(shape.length), ...shape.map(u64), u32(F32), u64(offset)]);
    offset += data[i]?.length ?? 0;
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
  return Buffer.concat([padded(head), ...data]);
}

function encoded(value: Value): Buffer {
  if ('text' in value) return Buffer.concat([u32(TYPE.text), text(value.text)]);
  if ('u32' in value) return Buffer.concat([u32(TYPE.u32), u32(value.u32)]);
  return Buffer.concat([u32(TYPE.f32), Buffer.from(Float32Array.of(value.f32).buffer)]);
}

const u32 = (value: number): Buffer => Buffer.from(Uint32Array.of(value).buffer);
const u64 = (value: number): Buffer => Buffer.from(BigUint64Array.of(BigInt(value)).buffer);
const text = (value: string): Buffer => Buffer.concat([u64(Buffer.byteLength(value)), Buffer.from(value)]);
const padded = (data: Buffer): Buffer =>
  Buffer.concat([data, Buffer.alloc((ALIGNMENT - (data.length % ALIGNMENT)) % ALIGNMENT)]);

/** Marsaglia's xorshift32, from 0 to 1. */
function xorshift(seed: number): () => number {
  let x = seed | 0;
  return () => {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    return (x >>> 0) / 2 ** 32;
  };
}
