import type { Quant } from '../models/catalogue.js';
import type { CpuClass } from '../models/cpu-class.js';

type Kernel = 'f16' | 'q8_0' | 'q6_k' | 'q5_0' | 'q4_k' | 'q4_0';

/** Bits that one weight takes, scales included (sizes of the blocks in ggml). */
const BITS: Readonly<Record<Kernel, number>> = { f16: 16, q8_0: 8.5, q6_k: 6.5625, q5_0: 5.5, q4_k: 4.5, q4_0: 4.5 };
const LAYERS: Readonly<Record<Quant, Kernel>> = { f16: 'f16', q8_0: 'q8_0', q4_k_m: 'q4_k', q4_0: 'q4_0' };
/** llama.cpp keeps the output layer in q6_K unless it was told to be pure. */
const OUTPUT: Readonly<Record<Quant, Kernel>> = { f16: 'f16', q8_0: 'q8_0', q4_k_m: 'q6_k', q4_0: 'q6_k' };

/**
 * Multiplications per second of one reference core, in thousand millions, by build and kernel: measured dot products, for
 * q5_0 from the speed of a prompt (docs/decisions/planner.md). On a Core 2 only q4_0 has a SIMD kernel.
 */
const KERNELS: Readonly<Record<CpuClass, Readonly<Record<Kernel, number>>>> = {
  core2: { q4_0: 15.6, q8_0: 7.6, q4_k: 1.9, q5_0: 2.4, q6_k: 1.8, f16: 0.7 },
  'x86-64-v2': { q4_0: 15.6, q8_0: 7.6, q4_k: 6.9, q5_0: 2.8, q6_k: 5.5, f16: 0.7 },
  'x86-64-v3': { q4_0: 21, q8_0: 21, q4_k: 26, q5_0: 21, q6_k: 25, f16: 12 },
};

/** A typical core of the class against the reference core; only the first is confirmed by figures of real machines. */
const CORE_SPEED: Readonly<Record<CpuClass, number>> = { core2: 0.28, 'x86-64-v2': 0.45, 'x86-64-v3': 0.8 };

/** Share of the measured memory bandwidth that decoding reaches. */
const BANDWIDTH_REACHED = 0.8;

/** What a node can do with a model; `coreSpeed` is relative to the reference core, by default that of its class. */
export type Engine = {
  cpu: CpuClass;
  /** Threads that may compute. */
  threads: number;
  /** Bytes per second. */
  bandwidth: number;
  coreSpeed?: number;
};

/** The sizes of a model that its speed depends on; `active` is less than `params` for a mixture of experts. */
export type Shape = {
  layers: number;
  hidden: number;
  vocab: number;
  params: number;
  /** Parameters that one token visits. */
  active?: number;
  /** False when the input embedding is another matrix than the output layer. */
  tied?: boolean;
  /** Bytes of keys and values per token of context, in half precision, of all layers. */
  kvTokenBytes: number;
};

/** One file of a model in parts: what one layer weighs, and what stays with the head. Bytes. */
export type Parts = { layerBytes: number; headBytes: number };

const outputParams = ({ hidden, vocab }: Shape): number => hidden * vocab;
const embeddingParams = (shape: Shape): number => outputParams(shape) * (shape.tied === false ? 2 : 1);
/** Parameters of one layer, and those of them that one token visits. */
const layerParams = (shape: Shape): number => (shape.params - embeddingParams(shape)) / shape.layers;
const layerActive = (shape: Shape): number =>
  ((shape.active ?? shape.params - embeddingParams(shape) + outputParams(shape)) - outputParams(shape)) / shape.layers;

/** Blocks of the k forms have 256 weights; where rows are no multiple of that, llama.cpp takes the next finer form. */
const FINER: Readonly<Partial<Record<Kernel, Kernel>>> = { q4_k: 'q5_0', q6_k: 'q8_0' };
const fitting = (kernel: Kernel, { hidden }: Shape): Kernel =>
  hidden % 256 === 0 ? kernel : (FINER[kernel] ?? kernel);
const layerKernel = (quant: Quant, shape: Shape): Kernel => fitting(LAYERS[quant], shape);
const outputKernel = (quant: Quant, pure: boolean, shape: Shape): Kernel =>
  fitting(pure ? LAYERS[quant] : OUTPUT[quant], shape);

/** Size of a file that nobody has made yet, in bytes, with 1 % for vocabulary and norms. */
export function estimateBytes(shape: Shape, quant: Quant, pure: boolean): number {
  const embedding = embeddingParams(shape);
  const bits =
    (shape.params - embedding) * BITS[layerKernel(quant, shape)] + embedding * BITS[outputKernel(quant, pure, shape)];
  return Math.round((bits / 8) * 1.01);
}

/** Divides a file of `bytes` into its layers and the embeddings, which the head keeps. */
export function partsOf(shape: Shape, file: { quant: Quant; pure: boolean; bytes: number }): Parts {
  const embedding = (embeddingParams(shape) * BITS[outputKernel(file.quant, file.pure, shape)]) / 8;
  // A file smaller than its nominal size (vocabulary cut, other mix) still has layers.
  const headBytes = Math.min(embedding, file.bytes * 0.9);
  return { headBytes, layerBytes: (file.bytes - headBytes) / shape.layers };
}

/** Seconds that one layer takes for one token, when answering and when reading a prompt. */
export type LayerTime = { answer: number; prompt: number };

/**
 * Answering reads every active weight once per token, so it is bound by memory or by arithmetic, whichever is slower;
 * a prompt is read in batches and is bound by arithmetic.
 */
export function layerTime(engine: Engine, shape: Shape, file: { quant: Quant; layerBytes: number }): LayerTime {
  const prompt = layerActive(shape) / rate(engine, layerKernel(file.quant, shape));
  const active = layerActive(shape) / layerParams(shape);
  return { prompt, answer: Math.max(prompt, (file.layerBytes * active) / (engine.bandwidth * BANDWIDTH_REACHED)) };
}

/** Seconds that the output layer takes for one token of the answer; a prompt needs it once only. */
export function outputTime(engine: Engine, shape: Shape, file: { quant: Quant; pure: boolean }): number {
  const kernel = outputKernel(file.quant, file.pure, shape);
  const bytes = (outputParams(shape) * BITS[kernel]) / 8;
  return Math.max(outputParams(shape) / rate(engine, kernel), bytes / (engine.bandwidth * BANDWIDTH_REACHED));
}

/** A node's network: bytes per second, and seconds for a message to come and go, system calls included. */
export type Link = { bytesPerSecond: number; roundTrip: number };

/**
 * Seconds that one more node costs per token: its activations (single precision) go there and back. A prompt sends many
 * tokens at once and so pays only for the bytes.
 */
export function hopTime(head: Link, worker: Link, { hidden }: Shape): LayerTime {
  const bytes = (2 * 4 * hidden) / Math.min(head.bytesPerSecond, worker.bytesPerSecond);
  return { prompt: bytes, answer: bytes + Math.max(head.roundTrip, worker.roundTrip) };
}

/** Multiplications per second of the whole node. */
function rate({ cpu, threads, coreSpeed = CORE_SPEED[cpu] }: Engine, kernel: Kernel): number {
  return KERNELS[cpu][kernel] * 1e9 * coreSpeed * threads;
}
