import { spawn } from 'node:child_process';
import { TwinError } from '../errors.js';
import { stallWatch } from './stall-watch.js';

type Exit = { code: number | null; signal: NodeJS.Signals | null; error?: NodeJS.ErrnoException };

export type RunningProcess = {
  /** Bytes of its standard output, as they come. The process is gone when this generator ends, however it ends. */
  readonly output: AsyncGenerator<Uint8Array>;
  /** Resolves when the process is gone; never rejects. */
  readonly gone: Promise<unknown>;
};

/**
 * Starts a program without a shell and gives it `input`. It gets SIGKILL when the signal aborts, when the consumer stops
 * reading, or when nothing comes for `stallMs`. Reading throws TwinError `TWIN_TTS_UNAVAILABLE` when it cannot be
 * started (not retryable when it is not installed), dies or stalls, and AbortError.
 */
export function startProcess(
  binary: string,
  args: readonly string[],
  input: string,
  signal: AbortSignal,
  stallMs: number,
): RunningProcess {
  signal.throwIfAborted();
  const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = new Promise<Exit>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    // Not `close`, which waits until somebody has read all output.
    child.once('exit', (code, by) => resolve({ code, signal: by }));
  });
  const kill = (): void => {
    child.kill('SIGKILL');
  };
  signal.addEventListener('abort', kill, { once: true });
  // A process that dies before it has read everything breaks the pipe; its exit tells why.
  child.stdin.on('error', () => {});
  child.stdin.end(input, 'utf8');

  async function* read(): AsyncGenerator<Uint8Array> {
    let stalled = false;
    const onStall = (): void => {
      stalled = true;
      kill();
    };
    try {
      for await (const piece of stallWatch(child.stdout as AsyncIterable<Uint8Array>, stallMs, onStall)) {
        signal.throwIfAborted();
        yield piece;
      }
      const end = await gone;
      signal.throwIfAborted();
      if (end.error || end.code !== 0) throw unavailable(binary, end, stalled);
    } finally {
      signal.removeEventListener('abort', kill);
      kill();
      await gone;
    }
  }
  return { output: read(), gone };
}

function unavailable(binary: string, end: Exit, stalled: boolean): TwinError {
  if (end.error?.code === 'ENOENT') {
    return new TwinError('TWIN_TTS_UNAVAILABLE', `The speech engine \`${binary}\` is not installed.`, {
      next: 'Install the package espeak-ng (`apt-get install espeak-ng`).',
      cause: end.error,
    });
  }
  return new TwinError('TWIN_TTS_UNAVAILABLE', `The speech engine \`${binary}\` ${wayOf(end, stalled)}.`, {
    next: `Try again; if it stays, run \`${binary} --version\` to see whether it works.`,
    retryable: true,
    cause: end.error,
  });
}

function wayOf(end: Exit, stalled: boolean): string {
  if (stalled) return 'stopped answering';
  return end.error ? 'could not be started' : `ended with ${end.signal ?? `exit code ${end.code}`}`;
}
