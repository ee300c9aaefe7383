import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { readFile, stat, statfs } from 'node:fs/promises';
import { totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Config } from '../config.js';
import { toPublicError } from '../errors.js';
import { loadCatalogue } from '../models/catalogue.js';
import { thisCpuClass } from '../models/cpu-class.js';
import { ModelStore } from '../models/store.js';
import { whisperProgram } from '../models/whisper-source.js';
import { isLoopback } from '../server/access/origin.js';
import { type Finding, fail, ok, warn } from './findings.js';

const run = promisify(execFile);
const GB = 1024 ** 3;
const DAY_MS = 24 * 3_600_000;
/** Room for the default models and the engine's build. */
const FREE_GB = 2;
const MEMORY_GB = 2;
const TOOL_MS = 5000;

export function checkNode(version: string = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return ok('node', `Node.js ${version}`);
  return fail('node', `Node.js ${version}`, 'Install Node.js 20.19 or newer.');
}

export function checkCpu(): Finding {
  const found = thisCpuClass();
  if (found) return ok('cpu', `engines for ${found}`);
  return fail(
    'cpu',
    'older than a Core 2, or no x86-64',
    'Use other machines for speech and language: STT_SERVICE=openai, LLM_BASE_URL.',
  );
}

export async function checkRoom(folder: string): Promise<Finding[]> {
  const { bavail, bsize } = await statfs(await existing(folder));
  const free = (bavail * bsize) / GB;
  const memory = totalmem() / GB;
  return [
    free >= FREE_GB
      ? ok('disk', `${free.toFixed(1)} GB free`)
      : warn(
          'disk',
          `${free.toFixed(1)} GB free for models`,
          `Free ${FREE_GB} GB, or set TWIN_MODELS to a larger disk.`,
        ),
    memory >= MEMORY_GB
      ? ok('memory', `${memory.toFixed(1)} GB`)
      : warn(
          'memory',
          `${memory.toFixed(1)} GB`,
          'Use small models, or a language model on another machine (LLM_BASE_URL).',
        ),
  ];
}

/** The folder itself, or the nearest one above it that is there. */
async function existing(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    if (path === dirname(path) || (await stat(path).catch(() => undefined))) return path;
  }
}

export async function checkEngines(config: Config): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (config.STT_SERVICE === 'whispercpp') {
    try {
      findings.push(ok('ear', whisperProgram(config.TWIN_ENGINES, 'whisper-server')));
    } catch (error) {
      const { message, next } = toPublicError(error);
      findings.push(fail('ear', message, next));
    }
  } else findings.push(address('ear', 'STT_BASE_URL', config.STT_BASE_URL));
  if (config.TTS_SERVICE === 'openai') return [...findings, address('mouth', 'TTS_BASE_URL', config.TTS_BASE_URL)];
  const version = await output('espeak-ng', ['--version']);
  const mouth =
    version === undefined
      ? fail('mouth', 'espeak-ng does not run', 'Install it: sudo apt install espeak-ng')
      : ok('mouth', version.split('  ')[0]?.trim() ?? 'espeak-ng');
  return [...findings, mouth];
}

const address = (check: string, name: string, value: string | undefined): Finding =>
  value === undefined
    ? fail(check, `${name} is not set`, `Set ${name} to the server's address, up to /v1.`)
    : ok(check, value);

export async function checkModels(config: Config): Promise<Finding[]> {
  const store = new ModelStore(config.TWIN_MODELS, loadCatalogue(undefined, config.TWIN_MODELS));
  const kinds = [
    ...(config.STT_SERVICE === 'whispercpp' ? [{ kind: 'stt', missing: fail }] : []),
    ...(config.LLM_BASE_URL === undefined ? [{ kind: 'llm', missing: warn }] : []),
  ];
  return Promise.all(
    kinds.map(async ({ kind, missing }) => {
      for (const model of store.catalogue.models.filter((each) => each.kind === kind)) {
        const state = await store.state(model);
        if (state === 'ready' || state === 'unchecked') return ok(`${kind} model`, model.name);
        if (state === 'wrong-size')
          return missing(`${kind} model`, `${model.name} is damaged`, `Run \`twin models pull ${model.name}\`.`);
      }
      return missing(`${kind} model`, 'none is here', 'Run `twin models pull --defaults`.');
    }),
  );
}

export async function checkMicrophone(): Promise<Finding> {
  const listed = await output('arecord', ['-l']);
  const fix = 'Not needed for a browser. For `twin talk`, plug one in and install alsa-utils.';
  if (listed === undefined) return warn('microphone', '`arecord` is not installed', fix);
  const cards = listed.split('\n').filter((line) => line.startsWith('card '));
  if (cards.length === 0) return warn('microphone', 'this machine has none', fix);
  return ok('microphone', cards[0]?.replace(/^card \d+: /, '') ?? '');
}

export async function checkTls({ TWIN_TLS_CERT, TWIN_HOST }: Config, now: number = Date.now()): Promise<Finding> {
  const make = 'Make a certificate with `./bootstrap.sh --local` or set TWIN_TLS_CERT and TWIN_TLS_KEY.';
  if (TWIN_TLS_CERT === '') {
    if (isLoopback(TWIN_HOST)) return ok('tls', 'not needed: only this machine can reach the agent');
    return warn('tls', 'off: browsers on other machines do not give the microphone', make);
  }
  try {
    const days = Math.floor((Date.parse(new X509Certificate(await readFile(TWIN_TLS_CERT)).validTo) - now) / DAY_MS);
    if (days < 0) return fail('tls', `the certificate ended ${-days} day(s) ago`, make);
    return days < 14 ? warn('tls', `the certificate ends in ${days} day(s)`, make) : ok('tls', `good for ${days} days`);
  } catch {
    return fail('tls', `${TWIN_TLS_CERT} is no certificate that can be read`, make);
  }
}

/** Secrets of the agent must be readable by their owner only. */
export async function checkSecrets(home: string): Promise<Finding> {
  for (const name of ['admin.key', 'keys.json']) {
    const file = join(home, name);
    const found = await stat(file).catch(() => undefined);
    if (found && (found.mode & 0o077) !== 0)
      return fail('secrets', `others may read ${file}`, `Run \`chmod 600 ${file}\`.`);
  }
  return ok('secrets', 'for their owner only');
}

async function output(program: string, args: readonly string[]): Promise<string | undefined> {
  try {
    return (await run(program, args, { timeout: TOOL_MS })).stdout;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? undefined : '';
  }
}
