import { describe, expect, it } from 'vitest';
import { bertGguf } from './bert-gguf.js';
import { fromHalf } from './half-float.js';
import { q8Blocks, toHalf } from './q8-blocks.js';

describe('q8_0', () => {
  it('every half-precision number is its own nearest', () => {
    for (let bits = 0; bits < 0x7c00; bits++) expect(toHalf(fromHalf(bits))).toBe(bits);
    expect(toHalf(-2)).toBe(0xc000);
    expect(toHalf(1e6)).toBe(0x7c00);
  });

  it('rounds ties to the even number', () => {
    expect(toHalf(1 + 2 ** -11)).toBe(toHalf(1));
    expect(toHalf(1 + 3 * 2 ** -11)).toBe(toHalf(1 + 2 ** -9));
  });

  it('keeps values within half a step of their block', () => {
    const values = Float32Array.from({ length: 64 }, (_, i) => Math.sin(i) * (i < 32 ? 1 : 100));
    const blocks = q8Blocks(values);
    expect(blocks).toHaveLength(68);
    for (const [i, value] of values.entries()) {
      const at = Math.floor(i / 32) * 34;
      const scale = fromHalf(blocks.readUInt16LE(at));
      expect(Math.abs(blocks.readInt8(at + 2 + (i % 32)) * scale - value)).toBeLessThan(0.56 * scale);
    }
    expect(q8Blocks(new Float32Array(32)).every((byte) => byte === 0)).toBe(true);
    expect(() => q8Blocks(new Float32Array(33))).toThrow(RangeError);
  });
});

describe('a model that is not as expected', () => {
  const config = JSON.stringify({
    num_hidden_layers: 1,
    max_position_embeddings: 8,
    hidden_size: 32,
    intermediate_size: 64,
    num_attention_heads: 2,
    layer_norm_eps: 1e-12,
    type_vocab_size: 2,
  });
  const vocab = Object.fromEntries(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'tea'].map((token, i) => [token, i]));
  const tokenizer = JSON.stringify({ model: { vocab } });
  const safetensors = (head: string) => {
    const size = Buffer.alloc(8);
    size.writeBigUInt64LE(BigInt(head.length));
    return Buffer.concat([size, Buffer.from(head)]);
  };
  it.each([
    ['has no tensors', config, tokenizer, safetensors('{}')],
    ['has a broken head', config, tokenizer, safetensors('{')],
    ['is cut', config, tokenizer, safetensors('{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}')],
    ['has no such config', '{}', tokenizer, safetensors('{}')],
    ['lacks a special token', config, JSON.stringify({ model: { vocab: { tea: 0 } } }), safetensors('{}')],
    ['has gaps', config, JSON.stringify({ model: { vocab: { ...vocab, far: 99 } } }), safetensors('{}')],
  ])('is refused: it %s', (_, its, words, weights) => {
    expect(() => bertGguf('x', { config: its, tokenizer: words, weights })).toThrow(
      expect.objectContaining({ code: 'TWIN_MODEL_FORMAT' }),
    );
  });
});
