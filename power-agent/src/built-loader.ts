import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Config } from './config.js';
import { PowerAgentError } from './errors.js';
import type { LoaderCommand } from './loader.js';

const BUILD = fileURLToPath(new URL('../bpf/build.sh', import.meta.url));

/**
 * The command that starts the loader; it is compiled first where that was not done.
 * @throws PowerAgentError `TWIN_POWER_BUILD`
 */
export async function builtLoader(
  { POWER_BPF, POWER_PINS }: Pick<Config, 'POWER_BPF' | 'POWER_PINS'>,
  signal: AbortSignal,
): Promise<LoaderCommand> {
  const folder = POWER_BPF || (await built(signal));
  const pins = POWER_PINS === '' ? [] : [POWER_PINS];
  return [join(folder, 'loader'), join(folder, 'traffic_monitor.o'), ...pins];
}

async function built(signal: AbortSignal): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(BUILD, { signal });
    return stdout.trim();
  } catch (cause) {
    const { stderr = '' } = cause as { stderr?: string };
    throw new PowerAgentError('TWIN_POWER_BUILD', `The traffic monitor cannot be compiled: ${stderr.trim()}`, {
      next: 'Install clang, gcc and libbpf-dev, or set POWER_BPF to the folder of a compiled one.',
      cause,
    });
  }
}
