import type { GgufTensor } from './gguf-tensors.js';

/**
 * An importance matrix (llama.cpp's older form: count, then per tensor its name, calls, and a number for each column) in
 * which every column counts the same. llama-quantize searches the best scale of each block only when it has one;
 * without, q4_0 takes the largest value's scale, which costs a small model a quarter more perplexity.
 */
export function flatImportance(tensors: readonly GgufTensor[]): Buffer {
  const matrices = tensors.filter(({ shape }) => shape.length > 1);
  const entries = matrices.map(({ name, shape }) => {
    // Experts of a mixture lie one behind the other in the third dimension, each with columns of its own.
    const columns = (shape[0] ?? 0) * (shape[2] ?? 1);
    const label = Buffer.from(name);
    return Buffer.concat([int(label.length), label, int(1), int(columns), ones(columns)]);
  });
  return Buffer.concat([int(matrices.length), ...entries]);
}

const int = (value: number): Buffer => Buffer.from(Int32Array.of(value).buffer);
const ones = (count: number): Buffer => Buffer.from(new Float32Array(count).fill(1).buffer);
