import { TwinError } from '../errors.js';
import { type CtWeights, readCtWeights, type Tensor } from './ctranslate2.js';
import { float32, rows } from './half-float.js';
import { melFilters } from './mel-filters.js';
import { textTokens } from './whisper-vocabulary.js';

const MAGIC = 0x67676d6c;
const F32 = 0;
const F16 = 1;
/** Every Whisper model has attention heads of 64 values. */
const HEAD_SIZE = 64;

/**
 * Converts a CTranslate2 Whisper model in half precision to whisper.cpp's GGML form (half precision; vectors and
 * positions single, as whisper.cpp expects). The result is a list of buffers to be written one after the other.
 * @param model the file `model.bin`
 * @param vocabulary the file `vocabulary.txt`
 * @throws TwinError `TWIN_MODEL_FORMAT`.
 */
export function whisperGgml(model: Buffer, vocabulary: string): Buffer[] {
  const weights = readCtWeights(model);
  const embedding = tensor(weights, 'decoder/embeddings/weight');
  const [vocabularySize = 0, width = 0] = embedding.shape;
  const { tokens, total } = textTokens(vocabulary);
  if (total !== vocabularySize) throw wrong(`the vocabulary has ${total} tokens, the weights ${vocabularySize}`);
  const audioPositions = tensor(weights, 'encoder/position_encodings/encodings');
  const textPositions = tensor(weights, 'decoder/position_encodings/encodings');
  const bands = tensor(weights, 'encoder/conv1/weight').shape[1] ?? 0;
  const encoderHeads = weights.integers.get('encoder/num_heads') ?? width / HEAD_SIZE;
  const decoderHeads = weights.integers.get('decoder/num_heads') ?? width / HEAD_SIZE;
  const encoderLayers = layers(weights, 'encoder');
  const decoderLayers = layers(weights, 'decoder');
  const [audioContext = 0] = audioPositions.shape;
  const [textContext = 0] = textPositions.shape;
  const filters = melFilters(bands);
  return [
    ints(MAGIC, vocabularySize, audioContext, width, encoderHeads, encoderLayers),
    ints(textContext, width, decoderHeads, decoderLayers, bands, F16),
    ints(bands, filters.bins),
    Buffer.from(filters.weights.buffer),
    ints(tokens.length),
    ...tokens.flatMap((token) => [ints(token.length), token]),
    ...named(weights, width, encoderLayers, decoderLayers).flatMap(([name, value]) => record(name, value)),
  ];
}

/** The tensors under whisper.cpp's names. */
function named(weights: CtWeights, width: number, encoderLayers: number, decoderLayers: number): [string, Tensor][] {
  const out: [string, Tensor][] = [];
  const add = (name: string, value: Tensor) => out.push([name, value]);
  const get = (name: string) => tensor(weights, name);
  const norm = (name: string, from: string) => {
    add(`${name}.weight`, get(`${from}/gamma`));
    add(`${name}.bias`, get(`${from}/beta`));
  };
  const linear = (name: string, from: string) => {
    add(`${name}.weight`, get(`${from}/weight`));
    add(`${name}.bias`, get(`${from}/bias`));
  };
  /** CTranslate2 stacks projections in one matrix; the key projection of Whisper has no bias, there it is zeros. */
  const stacked = (prefix: string, from: string, parts: readonly string[]) => {
    const weight = get(`${from}/weight`);
    const bias = get(`${from}/bias`);
    if (weight.shape[0] !== parts.length * width) throw wrong(`${from} is not a stack of ${parts.length}`);
    parts.forEach((part, i) => {
      add(`${prefix}.${part}.weight`, rows(weight, i * width, width));
      const slice = rows(bias, i * width, width);
      if (part !== 'key') add(`${prefix}.${part}.bias`, slice);
      else if (float32(slice).some((value) => value !== 0)) throw wrong(`${from} has a key bias`);
    });
  };

  add('encoder.positional_embedding', get('encoder/position_encodings/encodings'));
  add('decoder.positional_embedding', get('decoder/position_encodings/encodings'));
  add('decoder.token_embedding.weight', get('decoder/embeddings/weight'));
  for (const conv of ['conv1', 'conv2']) {
    add(`encoder.${conv}.weight`, get(`encoder/${conv}/weight`));
    const bias = get(`encoder/${conv}/bias`);
    add(`encoder.${conv}.bias`, { ...bias, shape: [...bias.shape, 1] });
  }
  norm('encoder.ln_post', 'encoder/layer_norm');
  norm('decoder.ln', 'decoder/layer_norm');
  for (const [side, count] of [
    ['encoder', encoderLayers],
    ['decoder', decoderLayers],
  ] as const) {
    for (let layer = 0; layer < count; layer++) {
      const from = `${side}/layer_${layer}`;
      const to = `${side}.blocks.${layer}`;
      norm(`${to}.attn_ln`, `${from}/self_attention/layer_norm`);
      stacked(`${to}.attn`, `${from}/self_attention/linear_0`, ['query', 'key', 'value']);
      linear(`${to}.attn.out`, `${from}/self_attention/linear_1`);
      if (side === 'decoder') {
        norm(`${to}.cross_attn_ln`, `${from}/attention/layer_norm`);
        stacked(`${to}.cross_attn`, `${from}/attention/linear_0`, ['query']);
        stacked(`${to}.cross_attn`, `${from}/attention/linear_1`, ['key', 'value']);
        linear(`${to}.cross_attn.out`, `${from}/attention/linear_2`);
      }
      norm(`${to}.mlp_ln`, `${from}/ffn/layer_norm`);
      linear(`${to}.mlp.0`, `${from}/ffn/linear_0`);
      linear(`${to}.mlp.2`, `${from}/ffn/linear_1`);
    }
  }
  return out;
}

/** Header, name and data; whisper.cpp wants vectors, positions and convolution biases in single precision. */
function record(name: string, value: Tensor): Buffer[] {
  const single = value.shape.length < 2 || name.endsWith('positional_embedding') || /conv[12]\.bias$/.test(name);
  if (!single && !value.half) throw wrong(`${name} is not in half precision`);
  const label = Buffer.from(name);
  const header = ints(value.shape.length, label.length, single ? F32 : F16, ...value.shape.toReversed());
  return [header, label, single ? Buffer.from(float32(value).buffer) : value.raw];
}

function layers(weights: CtWeights, side: string): number {
  let count = 0;
  while (weights.tensors.has(`${side}/layer_${count}/ffn/linear_0/weight`)) count++;
  return count;
}

function tensor(weights: CtWeights, name: string): Tensor {
  const found = weights.tensors.get(name);
  if (!found) throw wrong(`${name} is missing`);
  return found;
}

function ints(...values: number[]): Buffer {
  return Buffer.from(Int32Array.from(values).buffer);
}

const wrong = (why: string) => new TwinError('TWIN_MODEL_FORMAT', `The Whisper weights cannot be converted: ${why}.`);
