import { type GgufValue, type GgufWeights, ggufFile } from './gguf-file.js';

/**
 * A GGUF file (version 3) of a llama with random weights in single precision: two layers, width 64, about 100 000
 * parameters and no vocabulary. Enough for llama-quantize; it cannot speak.
 */
export function tinyGguf(seed = 1): Buffer {
  const [width, inner, layers, vocabulary] = [64, 128, 2, 96];
  const meta: [string, GgufValue][] = [
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
  const shapes: [string, number[]][] = [
    ['token_embd.weight', [width, vocabulary]],
    ['output_norm.weight', [width]],
    ['output.weight', [width, vocabulary]],
  ];
  for (let layer = 0; layer < layers; layer++) {
    const add = (name: string, ...shape: number[]) => shapes.push([`blk.${layer}.${name}.weight`, shape]);
    for (const name of ['attn_q', 'attn_k', 'attn_v', 'attn_output']) add(name, width, width);
    for (const name of ['attn_norm', 'ffn_norm']) add(name, width);
    for (const name of ['ffn_gate', 'ffn_up']) add(name, width, inner);
    add('ffn_down', inner, width);
  }
  const random = xorshift(seed);
  const tensors = shapes.map(([name, shape]): GgufWeights => {
    const values = new Float32Array(shape.reduce((product, n) => product * n, 1));
    for (let i = 0; i < values.length; i++) values[i] = 0.1 * (random() - 0.5);
    return { name, shape, type: 'f32', data: Buffer.from(values.buffer) };
  });
  return Buffer.concat(ggufFile(meta, tensors));
}

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
