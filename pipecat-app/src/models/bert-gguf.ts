import { z } from 'zod';
import { TwinError } from '../errors.js';
import { type GgufValue, type GgufWeights, ggufFile } from './gguf-file.js';
import { q8Blocks } from './q8-blocks.js';
import { type FloatTensor, readSafetensors } from './safetensors.js';

const count = z.number().int().positive();
const config = z.object({
  num_hidden_layers: count,
  max_position_embeddings: count,
  hidden_size: count,
  intermediate_size: count,
  num_attention_heads: count,
  layer_norm_eps: z.number().positive(),
  type_vocab_size: count,
});
const tokenizer = z.object({ model: z.object({ vocab: z.record(z.string(), z.number().int().nonnegative()) }) });

/** Numbers that llama.cpp gives to kinds of pooling, file and token. */
const MEAN_POOLING = 1;
const MOSTLY_Q8_0 = 7;
const TOKEN = { normal: 1, control: 3, unused: 5 } as const;
const SPECIAL = { bos: '[CLS]', eos: '[SEP]', seperator: '[SEP]', padding: '[PAD]', unknown: '[UNK]', mask: '[MASK]' };
const CONTROL: ReadonlySet<string> = new Set(Object.values(SPECIAL));
/** How llama.cpp marks the beginning of a word. */
const WORD_START = '\u2581';

const EMBEDDINGS: readonly (readonly [string, string, boolean])[] = [
  ['token_embd', 'embeddings.word_embeddings', true],
  ['position_embd', 'embeddings.position_embeddings', false],
  ['token_types', 'embeddings.token_type_embeddings', false],
];
const LAYER: readonly (readonly [string, string])[] = [
  ['attn_q', 'attention.self.query'],
  ['attn_k', 'attention.self.key'],
  ['attn_v', 'attention.self.value'],
  ['attn_output', 'attention.output.dense'],
  ['attn_output_norm', 'attention.output.LayerNorm'],
  ['ffn_up', 'intermediate.dense'],
  ['ffn_down', 'output.dense'],
  ['layer_output_norm', 'output.LayerNorm'],
];

/**
 * Converts a BERT that embeds sentences (mean pooling) to GGUF: matrices as q8_0, everything else in single precision.
 * The bytes depend on the input only.
 * @param files texts of `config.json` and `tokenizer.json`, and `model.safetensors`
 * @throws TwinError `TWIN_MODEL_FORMAT`
 */
export function bertGguf(name: string, files: { config: string; tokenizer: string; weights: Buffer }): Buffer[] {
  const shape = understand('config.json', config, files.config);
  const { vocab } = understand('tokenizer.json', tokenizer, files.tokenizer).model;
  const tensors = readSafetensors(files.weights);
  return ggufFile(head(name, shape, vocab), weights(tensors, shape.num_hidden_layers));
}

function head(name: string, shape: z.infer<typeof config>, vocab: Record<string, number>): [string, GgufValue][] {
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(vocab)) tokens[id] = token;
  if (tokens.length !== Object.keys(vocab).length) throw wrong('tokenizer.json has gaps');
  const ids = Object.entries(SPECIAL).map(([role, token]): [string, GgufValue] => {
    const id = vocab[token];
    if (id === undefined) throw wrong(`tokenizer.json has no ${token}`);
    return [`tokenizer.ggml.${role}_token_id`, { u32: id }];
  });
  return [
    ['general.architecture', { text: 'bert' }],
    ['general.name', { text: name }],
    ['general.file_type', { u32: MOSTLY_Q8_0 }],
    ['general.quantization_version', { u32: 2 }],
    ['bert.block_count', { u32: shape.num_hidden_layers }],
    ['bert.context_length', { u32: shape.max_position_embeddings }],
    ['bert.embedding_length', { u32: shape.hidden_size }],
    ['bert.feed_forward_length', { u32: shape.intermediate_size }],
    ['bert.attention.head_count', { u32: shape.num_attention_heads }],
    ['bert.attention.layer_norm_epsilon', { f32: shape.layer_norm_eps }],
    ['bert.attention.causal', { bool: false }],
    ['bert.pooling_type', { u32: MEAN_POOLING }],
    ['tokenizer.ggml.token_type_count', { u32: shape.type_vocab_size }],
    ['tokenizer.ggml.model', { text: 'bert' }],
    ['tokenizer.ggml.pre', { text: 'default' }],
    ['tokenizer.ggml.tokens', { texts: tokens.map(wordPiece) }],
    ['tokenizer.ggml.token_type', { i32s: tokens.map(kindOf) }],
    ...ids,
    ['tokenizer.ggml.add_bos_token', { bool: true }],
    ['tokenizer.ggml.add_eos_token', { bool: true }],
  ];
}

/** llama.cpp marks where a word begins, BERT where one goes on. */
function wordPiece(token: string): string {
  if (token.startsWith('[') && token.endsWith(']')) return token;
  return token.startsWith('##') ? token.slice(2) : WORD_START + token;
}

function kindOf(token: string): number {
  if (CONTROL.has(token)) return TOKEN.control;
  return token.startsWith('[unused') ? TOKEN.unused : TOKEN.normal;
}

function weights(tensors: Map<string, FloatTensor>, layers: number): GgufWeights[] {
  const get = (name: string): FloatTensor => {
    const found = tensors.get(name) ?? tensors.get(`bert.${name}`);
    if (!found) throw wrong(`there is no tensor ${name}`);
    return found;
  };
  const out = EMBEDDINGS.map(([to, from, quantised]) => stored(`${to}.weight`, get(`${from}.weight`), quantised));
  const pair = (to: string, from: string): void => {
    for (const part of ['weight', 'bias']) out.push(stored(`${to}.${part}`, get(`${from}.${part}`), true));
  };
  pair('token_embd_norm', 'embeddings.LayerNorm');
  for (let layer = 0; layer < layers; layer++) {
    for (const [to, from] of LAYER) pair(`blk.${layer}.${to}`, `encoder.layer.${layer}.${from}`);
  }
  return out;
}

function stored(name: string, { shape, values }: FloatTensor, quantised: boolean): GgufWeights {
  const turned = [...shape].reverse();
  if (quantised && shape.length > 1) return { name, shape: turned, type: 'q8_0', data: q8Blocks(values) };
  return { name, shape: turned, type: 'f32', data: Buffer.from(values.buffer, values.byteOffset, values.byteLength) };
}

function understand<T>(file: string, schema: z.ZodType<T>, text: string): T {
  try {
    return schema.parse(JSON.parse(text));
  } catch (cause) {
    throw wrong(`${file} is not as expected`, cause);
  }
}

const wrong = (why: string, cause?: unknown) =>
  new TwinError('TWIN_MODEL_FORMAT', `The embedding model cannot be converted: ${why}.`, { cause });
