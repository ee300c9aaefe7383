import { spawn } from 'node:child_process';
import { TwinError } from '@twin/pipecat-app/errors.js';

/** What a command came to. `code` is 128 and the signal's number where a signal ended it. */
export type Outcome = { code: number; stdout: string; stderr: string };

export type RunOptions = {
  /** Ends the command with SIGTERM. */
  signal?: AbortSignal | undefined;
  /** What it reads; nothing by default. */
  input?: string;
  env?: NodeJS.ProcessEnv;
  /** Called with what it writes, as it comes. */
  onOutput?: (text: string) => void;
};

const SIGNALS: Partial<Record<NodeJS.Signals, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/**
 * Runs a command to its end, whatever its exit code.
 * @throws Error when it cannot be started; the reason of `signal` when that was given
 */
export async function run(command: readonly string[], options: RunOptions = {}): Promise<Outcome> {
  const { signal, input, env, onOutput } = options;
  signal?.throwIfAborted();
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], ...(env && { env }) });
  const stop = (): void => void child.kill('SIGTERM');
  signal?.addEventListener('abort', stop, { once: true });
  let stdout = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    onOutput?.(text);
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    onOutput?.(text);
  });
  // A command that ends without reading its input is none of our business.
  child.stdin.on('error', () => undefined).end(input ?? '');
  try {
    const code = await new Promise<number>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (number, by) => resolve(number ?? 128 + (by ? (SIGNALS[by] ?? 0) : 0)));
    });
    signal?.throwIfAborted();
    return { code, stdout, stderr };
  } finally {
    signal?.removeEventListener('abort', stop);
  }
}

/**
 * Runs a command that must succeed, and returns what it wrote.
 * @throws TwinError `TWIN_LAB_COMMAND` with its last lines when its exit code is not 0
 */
export async function must(command: readonly string[], options: RunOptions = {}): Promise<string> {
  const { code, stdout, stderr } = await run(command, options);
  if (code === 0) return stdout;
  const lines = `${stdout}\n${stderr}`.trim().split('\n').slice(-12).join('\n');
  throw new TwinError('TWIN_LAB_COMMAND', `${command.slice(0, 6).join(' ')} ended with code ${code}:\n${lines}`);
}
