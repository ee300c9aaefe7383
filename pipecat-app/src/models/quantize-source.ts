import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Quant } from './catalogue.js';
import { flatImportance } from './flat-importance.js';
import { ggufTensors } from './gguf-tensors.js';
import { estimate } from './progress.js';
import { runTool } from './run-tool.js';
import type { FetchContext } from './source.js';

const FLAT = 'flat-importance.dat';

/** The wanted form; `pure` stores embeddings and output layer like the rest. */
export type QuantTarget = { to: Quant; pure: boolean };

/** What quantising needs of a source's context. */
type QuantContext = Pick<FetchContext, 'partPath' | 'workDir' | 'signal' | 'report'> & {
  /** Size that is shown as the whole; known or expected. */
  model: { bytes: number };
  /** Path of llama-quantize. */
  program: string;
};

/**
 * Quantises the GGUF file `basePath` with llama-quantize. The result depends only on the file and on llama.cpp's version
 * (docs/decisions/planner.md).
 * @throws TwinError `TWIN_TOOL_FAILED` when llama-quantize gives up, `TWIN_MODEL_FORMAT`.
 */
export async function fetchByQuantizing(
  { to, pure }: QuantTarget,
  basePath: string,
  context: QuantContext,
): Promise<void> {
  const { model, program, partPath, workDir, signal, report } = context;
  const base = resolve(basePath);
  const out = resolve(workDir, 'quantized.gguf');
  const advance = estimate('quantising', model.bytes, report);
  advance(0);
  await mkdir(workDir, { recursive: true });
  try {
    // The name of the matrix goes into the new file, so it is the same on every machine.
    const flat = pure && to === 'q4_0' ? ['--imatrix', FLAT] : [];
    if (flat.length > 0) await writeFile(join(workDir, FLAT), flatImportance(await ggufTensors(basePath)));
    const args = ['--allow-requantize', ...(pure ? ['--pure'] : []), ...flat, base, out, to.toUpperCase()];
    await runTool(program, args, signal, 'Check the base model with `twin models verify`.', {
      cwd: workDir,
      // `[  12/ 236] blk.0.attn_k.weight …`
      onText: (text) => {
        const last = [...text.matchAll(/\[\s*(\d+)\/\s*(\d+)\]/g)].at(-1);
        if (last) advance(Math.round((model.bytes * Number(last[1])) / Number(last[2])));
      },
    });
    await rename(out, partPath);
  } finally {
    await rm(out, { force: true });
    await rm(join(workDir, FLAT), { force: true });
  }
}
