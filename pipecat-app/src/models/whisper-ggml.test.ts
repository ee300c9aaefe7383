import { expect, test } from 'vitest';
import { fromHalf } from './half-float.js';
import { melFilters } from './mel-filters.js';
import { whisperGgml } from './whisper-ggml.js';
import { textTokens } from './whisper-vocabulary.js';

const WIDTH = 4;
const VOCABULARY = ['a', 'Ġb', '<|endoftext|>', '<|startoftranscript|>'].join('\n');
const F16 = 4;

/** Half-precision tensor whose n-th value has the bits `first + n`. */
const half = (name: string, shape: number[], first = 0x3c00) => {
  const raw = Buffer.alloc(2 * shape.reduce((a, b) => a * b, 1));
  for (let i = 0; i < raw.length / 2; i++) raw.writeUInt16LE(first === 0 ? 0 : first + i, 2 * i);
  return ct(name, shape, F16, raw);
};

function ct(name: string, shape: number[], type: number, raw: Buffer): Buffer {
  const text = Buffer.from(`${name}\0`);
  const head = Buffer.alloc(2);
  head.writeUInt16LE(text.length);
  const dims = Buffer.from(Uint32Array.from(shape).buffer);
  const bytes = Buffer.from(Uint32Array.of(raw.length).buffer);
  return Buffer.concat([head, text, Buffer.of(shape.length), dims, Buffer.of(type), bytes, raw]);
}

const norm = (name: string) => [half(`${name}/gamma`, [WIDTH]), half(`${name}/beta`, [WIDTH])];
const linear = (name: string, rows: number, bias = 0x3c00) => [
  half(`${name}/weight`, [rows, WIDTH]),
  half(`${name}/bias`, [rows], bias),
];

/** A whole Whisper model, one layer a side, whose numbers mean nothing. */
function tinyModel(keyBias = 0): Buffer {
  const layer = (name: string) => [
    ...norm(`${name}/self_attention/layer_norm`),
    half(`${name}/self_attention/linear_0/weight`, [3 * WIDTH, WIDTH]),
    half(`${name}/self_attention/linear_0/bias`, [3 * WIDTH], keyBias),
    ...linear(`${name}/self_attention/linear_1`, WIDTH),
    ...norm(`${name}/ffn/layer_norm`),
    ...linear(`${name}/ffn/linear_0`, WIDTH),
    ...linear(`${name}/ffn/linear_1`, WIDTH),
  ];
  const cross = 'decoder/layer_0/attention';
  const tensors = [
    half('encoder/position_encodings/encodings', [2, WIDTH]),
    half('decoder/position_encodings/encodings', [2, WIDTH]),
    half('decoder/embeddings/weight', [4, WIDTH]),
    half('encoder/conv1/weight', [WIDTH, 80, 3]),
    half('encoder/conv1/bias', [WIDTH]),
    half('encoder/conv2/weight', [WIDTH, WIDTH, 3]),
    half('encoder/conv2/bias', [WIDTH]),
    ct('encoder/num_heads', [], 2, Buffer.of(2, 0)),
    ct('decoder/num_heads', [], 2, Buffer.of(2, 0)),
    ...norm('encoder/layer_norm'),
    ...norm('decoder/layer_norm'),
    ...layer('encoder/layer_0'),
    ...layer('decoder/layer_0'),
    ...norm(`${cross}/layer_norm`),
    ...linear(`${cross}/linear_0`, WIDTH),
    half(`${cross}/linear_1/weight`, [2 * WIDTH, WIDTH]),
    half(`${cross}/linear_1/bias`, [2 * WIDTH], keyBias),
    ...linear(`${cross}/linear_2`, WIDTH),
  ];
  const u32 = (value: number) => Buffer.from(Uint32Array.of(value).buffer);
  const spec = Buffer.from('WhisperSpec\0');
  return Buffer.concat([u32(6), Buffer.of(spec.length, 0), spec, u32(3), u32(tensors.length), ...tensors, u32(0)]);
}

/** Reads a GGML file back: its header and its tensors by name. */
function parse(file: Buffer) {
  const header = Array.from({ length: 12 }, (_, i) => file.readInt32LE(4 * i));
  const [bands = 0, bins = 0] = [file.readInt32LE(48), file.readInt32LE(52)];
  let at = 56 + 4 * bands * bins;
  const tokens: string[] = [];
  for (let left = file.readInt32LE(at); left > 0; left--) {
    at += 4;
    const bytes = file.readInt32LE(at);
    tokens.push(file.toString('utf8', at + 4, at + 4 + bytes));
    at += bytes;
  }
  at += 4;
  const tensors = new Map<string, { shape: number[]; half: boolean; raw: Buffer }>();
  while (at < file.length) {
    const [dims = 0, nameBytes = 0, type = 0] = [0, 4, 8].map((offset) => file.readInt32LE(at + offset));
    const shape = Array.from({ length: dims }, (_, i) => file.readInt32LE(at + 12 + 4 * i)).reverse();
    at += 12 + 4 * dims;
    const name = file.toString('utf8', at, at + nameBytes);
    const bytes = shape.reduce((a, b) => a * b, 1) * (type === 1 ? 2 : 4);
    tensors.set(name, { shape, half: type === 1, raw: file.subarray(at + nameBytes, at + nameBytes + bytes) });
    at += nameBytes + bytes;
  }
  return { header, tokens, tensors };
}

test('a CTranslate2 model becomes a whole GGML model: header, text tokens and every tensor', () => {
  const { header, tokens, tensors } = parse(Buffer.concat(whisperGgml(tinyModel(), VOCABULARY)));
  expect(header).toEqual([0x67676d6c, 4, 2, WIDTH, 2, 1, 2, WIDTH, 2, 1, 80, 1]);
  expect(tokens).toEqual(['a', ' b', '<|endoftext|>']);
  expect(tensors.size).toBe(11 + 15 + 24);
});

test('matrices stay in half precision, vectors and positions become single', () => {
  const { tensors } = parse(Buffer.concat(whisperGgml(tinyModel(), VOCABULARY)));
  expect(tensors.get('encoder.blocks.0.attn.query.weight')).toMatchObject({ shape: [WIDTH, WIDTH], half: true });
  expect(tensors.get('encoder.blocks.0.attn_ln.weight')).toMatchObject({ shape: [WIDTH], half: false });
  expect(tensors.get('decoder.positional_embedding')).toMatchObject({ shape: [2, WIDTH], half: false });
  expect(tensors.get('encoder.conv1.bias')).toMatchObject({ shape: [WIDTH, 1], half: false });
  expect(tensors.get('encoder.blocks.0.attn_ln.weight')?.raw.readFloatLE(4)).toBe(fromHalf(0x3c01));
});

test('stacked projections are cut into query, key and value, the key without a bias', () => {
  const { tensors } = parse(Buffer.concat(whisperGgml(tinyModel(), VOCABULARY)));
  const first = (part: string) => tensors.get(`decoder.blocks.0.attn.${part}.weight`)?.raw.readUInt16LE(0);
  expect([first('query'), first('key'), first('value')]).toEqual([0x3c00, 0x3c00 + 16, 0x3c00 + 32]);
  expect(tensors.has('decoder.blocks.0.attn.key.bias')).toBe(false);
  expect(tensors.has('decoder.blocks.0.cross_attn.value.bias')).toBe(true);
});

test.each<[string, () => Buffer[], string]>([
  ['a bias on the key projection', () => whisperGgml(tinyModel(0x3c00), VOCABULARY), 'has a key bias'],
  ['another vocabulary', () => whisperGgml(tinyModel(), 'a\n<|endoftext|>'), 'the vocabulary has 2 tokens'],
  ['a vocabulary without an end', () => whisperGgml(tinyModel(), 'a\nb'), 'no end-of-text'],
  ['a cut file', () => whisperGgml(tinyModel().subarray(0, 900), VOCABULARY), 'cannot be used'],
  ['another kind of file', () => whisperGgml(Buffer.alloc(100), VOCABULARY), 'cannot be used'],
])('%s is refused in words', (_, convert, words) => {
  expect(convert).toThrow(words);
});

test('half-precision numbers have their IEEE 754 values', () => {
  const values = [0x0000, 0x0001, 0x0400, 0x3555, 0x3c00, 0x7bff, 0xc000].map(fromHalf);
  expect(values).toEqual([0, 2 ** -24, 2 ** -14, 0.333251953125, 1, 65504, -2]);
  expect([0x7c00, 0xfc00, 0x7e00].map(fromHalf)).toEqual([Infinity, -Infinity, Number.NaN]);
});

test('mel filters have equal area and overlap by half', () => {
  const { bins, weights } = melFilters(80);
  expect(bins).toBe(201);
  // Slaney's norm makes each triangle 1 high times 1 Hz wide; bins are 40 Hz apart, so wide bands sum to 1/40.
  const top = weights.subarray(79 * bins).reduce((sum, weight) => sum + weight, 0);
  expect(top * 40).toBeCloseTo(1, 1);
  expect(weights[1]).toBeCloseTo(0.0248626, 6);
});

test('GPT-2 spelling of bytes is undone', () => {
  const { tokens, total } = textTokens('Ġthe\nâĢ¦\n<|endoftext|>\n');
  expect(tokens.map((token) => token.toString('utf8'))).toEqual([' the', '…', '<|endoftext|>']);
  expect(total).toBe(3);
});
