import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { TwinError } from '../errors.js';
import { CPU_CLASSES, thisCpuClass } from './cpu-class.js';

/** Where `testing/parts/parts.sh` keeps what it built. */
const partsDir = (env: NodeJS.ProcessEnv): string =>
  env.TWIN_PARTS || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'twin', 'parts');

/**
 * Path of a program of llama.cpp that runs on this machine: from the engines, else from the parts that were built for
 * tests; the newest version, and of that the build for the best class of CPU that this one has.
 * @throws TwinError `TWIN_ENGINE_MISSING`.
 */
export function llamaProgram(
  enginesDir: string,
  program: 'llama-quantize',
  env: NodeJS.ProcessEnv = process.env,
): string {
  const own = thisCpuClass();
  const runs = own === undefined ? [] : CPU_CLASSES.slice(0, CPU_CLASSES.indexOf(own) + 1).toReversed();
  for (const dir of [enginesDir, partsDir(env)]) {
    const found = buildsIn(dir);
    for (const { folder } of found.filter(({ cpu }) => runs.some((name) => name === cpu)).sort(byVersionThen(runs))) {
      const path = join(dir, folder, program);
      if (existsSync(path)) return path;
    }
  }
  throw new TwinError('TWIN_ENGINE_MISSING', `llama.cpp's program ${program} is not on this machine.`, {
    next: `Build it: testing/parts/parts.sh --only llama. It is looked for in ${enginesDir} and ${partsDir(env)}.`,
  });
}

type Build = { folder: string; version: string; cpu: string };

/** Folders named `llama-<version>-<cpu class>`. */
function buildsIn(dir: string): Build[] {
  if (!existsSync(dir)) return [];
  return readdirSync(dir).flatMap((folder) => {
    const [, version, cpu] = /^llama-(\d[\w.]*)-(.+)$/.exec(folder) ?? [];
    return version === undefined || cpu === undefined ? [] : [{ folder, version, cpu }];
  });
}

const byVersionThen = (classes: readonly string[]) => (a: Build, b: Build) =>
  b.version.localeCompare(a.version, 'en', { numeric: true }) || classes.indexOf(a.cpu) - classes.indexOf(b.cpu);
