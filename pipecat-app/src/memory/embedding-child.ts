/** The embedding model's own process: loads one model and embeds what it is sent, dies with its parent. */
import { getLlama, type LlamaEmbeddingContext, LlamaLogLevel, type LlamaModel } from 'node-llama-cpp';
import { answerParent } from './child-messages.js';
import type { EmbeddingAsk, EmbeddingOpened } from './embedding-messages.js';

/** Longest text in tokens: what the model was trained with. Two more mark its beginning and its end. */
const TOKENS = 254;
const CONTEXT = 512;

let loaded: { model: LlamaModel; context: LlamaEmbeddingContext } | undefined;

async function load(modelPath: string): Promise<EmbeddingOpened> {
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    maxThreads: 1,
    logLevel: LlamaLogLevel.error,
  });
  const model = await llama.loadModel({ modelPath, gpuLayers: 0 });
  // Two threads wait for each other and are slower than one on a machine that does other work.
  const context = await model.createEmbeddingContext({ contextSize: CONTEXT, batchSize: CONTEXT, threads: 1 });
  loaded = { model, context };
  return { dimensions: model.embeddingVectorSize };
}

async function embed(texts: readonly string[]): Promise<Float32Array[]> {
  if (!loaded) throw new Error('no model is loaded');
  const { model, context } = loaded;
  const vectors: Float32Array[] = [];
  for (const text of texts) {
    const tokens = model.tokenize(text.trim() === '' ? '.' : text).slice(0, TOKENS);
    const { vector } = await context.getEmbeddingFor(tokens);
    vectors.push(unit(vector));
  }
  return vectors;
}

function unit(vector: readonly number[]): Float32Array {
  const out = Float32Array.from(vector);
  const length = Math.hypot(...out);
  if (!(length > 0)) throw new Error('the model gave an empty vector');
  for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) / length;
  return out;
}

answerParent((ask: EmbeddingAsk) => (ask.type === 'load' ? load(ask.modelPath) : embed(ask.texts)));
