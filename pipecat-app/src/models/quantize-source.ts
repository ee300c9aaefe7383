import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Quant } from './catalogue.js';
import { llamaProgram } from './llama-tools.js';
import { estimate } from './progress.js';
import { runTool } from './run-tool.js';
import type { FetchContext } from './source.js';

/** The wanted form; `pure` stores embeddings and output layer like the rest. */
export type QuantTarget = { to: Quant; pure: boolean };

/** What quantising needs of a source's context. */
type QuantContext = Pick<FetchContext, 'partPath' | 'workDir' | 'enginesDir' | 'signal' | 'report'> & {
  /** Size that is shown as the whole; known or expected. */
  model: { bytes: number };
};

/**
 * Quantises the GGUF file `basePath` with llama-quantize. The result depends only on the file and on llama.cpp's version
 * (docs/decisions/planner.md).
 * @throws TwinError `TWIN_ENGINE_MISSING` when llama-quantize is not built, `TWIN_TOOL_FAILED` when it gives up.
 */
export async function fetchByQuantizing(
  { to, pure }: QuantTarget,
  basePath: string,
  context: QuantContext,
): Promise<void> {
  const { model, partPath, workDir, enginesDir, signal, report } = context;
  const program = llamaProgram(enginesDir, 'llama-quantize');
  const out = join(workDir, 'quantized.gguf');
  const advance = estimate('quantising', model.bytes, report);
  advance(0);
  await mkdir(workDir, { recursive: true });
  const args = ['--allow-requantize', ...(pure ? ['--pure'] : []), basePath, out, to.toUpperCase()];
  try {
    await runTool(program, args, signal, 'Check the base model with `twin models verify`.', (text) => {
      // `[  12/ 236] blk.0.attn_k.weight …`
      const last = [...text.matchAll(/\[\s*(\d+)\/\s*(\d+)\]/g)].at(-1);
      if (last) advance(Math.round((model.bytes * Number(last[1])) / Number(last[2])));
    });
    await rename(out, partPath);
  } finally {
    await rm(out, { force: true });
  }
}
