import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A CPU without SSE4, AVX and everything after it. */
export const CORE2 = ['qemu-x86_64', '-cpu', 'core2duo'];

export type OldCpu = {
  /** What the agent's own process runs under. */
  wrap: string[];
  /** Makes every child of the agent run under the same emulated CPU. */
  env: NodeJS.ProcessEnv;
  remove(): Promise<void>;
};

/**
 * Wrappers that put the agent and every process it starts on an emulated Core 2: user-mode emulation ends at `execve`,
 * so each program gets a script of its name that enters it again.
 * @param core2Engine the speech engine that was built for the class core2
 */
export async function oldCpu(core2Engine: string): Promise<OldCpu> {
  const folder = await mkdtemp(join(tmpdir(), 'twin-core2-'));
  const script = async (path: string, program: string): Promise<void> => {
    await mkdir(join(path, '..'), { recursive: true });
    await writeFile(path, `#!/bin/sh\nexec ${CORE2.join(' ')} '${program}' "$@"\n`);
    await chmod(path, 0o755);
  };
  await script(join(folder, 'bin', 'espeak-ng'), '/usr/bin/espeak-ng');
  await script(join(folder, 'node'), process.execPath);
  // The agent reads the CPU class of the real machine: emulation does not show in /proc/cpuinfo.
  for (const name of ['core2', 'x86-64-v2', 'x86-64-v3']) {
    await script(join(folder, 'engines', `whisper-1.9.1-${name}`, 'whisper-server'), core2Engine);
  }
  const enter = join(folder, 'enter.cjs');
  await writeFile(enter, `process.execPath = ${JSON.stringify(join(folder, 'node'))};\n`);
  return {
    wrap: CORE2,
    env: {
      PATH: `${join(folder, 'bin')}:${process.env.PATH}`,
      TWIN_ENGINES: join(folder, 'engines'),
      NODE_OPTIONS: `--require ${enter}`,
      // The engine needs about a minute for each request here.
      STT_TIMEOUT_MS: '600000',
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
