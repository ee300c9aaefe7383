import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, isAbsolute, join } from 'node:path';
import { TwinError } from '../../errors.js';

const MOST_BYTES = 256 * 1024;
const KILL_AFTER_MS = 2000;

/** The program as PATH finds it; undefined when it is not installed. */
export function onPath(program: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  for (const folder of (env.PATH ?? '').split(delimiter)) {
    if (!isAbsolute(folder)) continue;
    try {
      accessSync(join(folder, program), constants.X_OK);
      return join(folder, program);
    } catch {
      // Not in this one.
    }
  }
  return undefined;
}

export type CliRun = {
  program: string;
  args: readonly string[];
  /** Goes to standard input: what people wrote is on no command line. */
  input: string;
  cwd: string;
  /** The whole environment. */
  env: NodeJS.ProcessEnv;
};

/**
 * What a program writes to standard output, cut at 256 KiB. It runs without a shell, in a process group of its own that
 * ends with `signal`.
 * @throws TwinError `TWIN_CLI_FAILED` when it does not end with 0; the signal's reason
 */
export async function runCli({ program, args, input, cwd, env }: CliRun, signal: AbortSignal): Promise<string> {
  signal.throwIfAborted();
  const child = spawn(program, args, { cwd, env, detached: true, stdio: ['pipe', 'pipe', 'ignore'] });
  const kill = (by: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, by);
    } catch {
      // It has ended already.
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const onAbort = (): void => {
    kill('SIGTERM');
    timer = setTimeout(() => kill('SIGKILL'), KILL_AFTER_MS);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    const pieces: Buffer[] = [];
    let bytes = 0;
    child.stdout.on('data', (piece: Buffer) => {
      if (bytes < MOST_BYTES) pieces.push(piece);
      bytes += piece.length;
    });
    // A program that does not read its input is no failure.
    child.stdin.on('error', () => undefined);
    child.stdin.end(input);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    }).catch((cause: unknown) => {
      throw failed(program, 'could not be started', cause);
    });
    signal.throwIfAborted();
    if (code !== 0) throw failed(program, `ended with ${code}`);
    return Buffer.concat(pieces).toString('utf8', 0, MOST_BYTES).trim();
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(timer);
    kill('SIGKILL');
  }
}

const failed = (program: string, what: string, cause?: unknown): TwinError =>
  new TwinError('TWIN_CLI_FAILED', `${program.split('/').at(-1)} ${what}.`, {
    next: 'Run it by hand once, to see that it is signed in and works.',
    cause,
  });

/** Of our environment only what such a program needs, and the variables named. */
export const cliEnv = (env: NodeJS.ProcessEnv, names: readonly string[]): NodeJS.ProcessEnv =>
  Object.fromEntries(
    ['PATH', 'HOME', 'LANG', 'TMPDIR', ...names].flatMap((n) => (env[n] === undefined ? [] : [[n, env[n]]])),
  );
