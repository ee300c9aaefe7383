import { accessSync, constants, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { TwinError } from '@twin/pipecat-app/errors.js';
import { thisCpuClass } from '@twin/pipecat-app/models/cpu-class.js';
import { ROOT } from '../bench/servers.js';

const PROGRAMS = {
  nomad: 'nomad',
  consul: 'consul',
  'llama-server': 'llama',
  'ggml-rpc-server': 'llama',
  'llama-bench': 'llama',
  'llama-quantize': 'llama',
  'llama-perplexity': 'llama',
} as const;

export type Program = keyof typeof PROGRAMS;

/** Where `testing/parts/parts.sh` keeps what it built. */
export function partsFolder(env: NodeJS.ProcessEnv = process.env): string {
  return env.TWIN_PARTS || join(env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'twin', 'parts');
}

/**
 * The path of a program that `parts.sh` built.
 * @param build the CPU class of llama.cpp's programs; by default this machine's
 * @throws TwinError `TWIN_PART_MISSING` when it is not there
 */
export function part(program: Program, build?: string): string {
  const name = PROGRAMS[program];
  const path = join(partsFolder(), folderOf(name, build), program);
  try {
    accessSync(path, constants.X_OK);
  } catch (cause) {
    throw new TwinError('TWIN_PART_MISSING', `The program ${program} is not at ${path}.`, {
      next: `Build it: testing/parts/parts.sh --only ${name}${build && name === 'llama' ? ` --class ${build}` : ''}`,
      cause,
    });
  }
  return path;
}

/** Folder of llama.cpp's programs of one CPU class, with their `BUILD` file. */
export function llamaFolder(build?: string): string {
  return dirname(part('llama-server', build));
}

function folderOf(name: 'nomad' | 'consul' | 'llama', build: string | undefined): string {
  if (name !== 'llama') return `${name}-${goVersion(name)}`;
  return `llama-${llamaBuild()}-${build ?? thisCpuClass()}`;
}

/** The build id of llama.cpp's programs: the version of the package whose source they are built from. */
export function llamaBuild(): string {
  const manifest = join(ROOT, 'node_modules', 'node-llama-cpp', 'package.json');
  return (JSON.parse(readFileSync(manifest, 'utf8')) as { version: string }).version;
}

function goVersion(name: 'nomad' | 'consul'): string {
  const module = readFileSync(join(ROOT, 'testing', 'parts', name, 'go.mod'), 'utf8');
  const version = new RegExp(`github\\.com/hashicorp/${name} v(\\S+)`).exec(module)?.[1];
  if (!version) throw new TwinError('TWIN_PART_VERSION', `testing/parts/${name}/go.mod names no version of ${name}.`);
  return version;
}
