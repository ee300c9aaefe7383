import { spawn } from 'node:child_process';
import { TwinError } from '../errors.js';

/** How long the engine may keep its reader waiting, in ms. It needs about 10. */
const STALL_MS = 5000;

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
  stallMs = STALL_MS,
): RunningProcess {
  signal.throwIfAborted();
  const child = spawn(binary, args, { stdio: ['pipe', 'pipe', 'ignore'] });
  const gone = new Promise<Exit>((resolve) => {
    child.once('error', (error) => resolve({ code: null, signal: null, error }));
    child.once('close', (code, by) => resolve({ code, signal: by }));
  });
  const kill = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  // A process that dies before it has read everything breaks the pipe; its exit tells why.
  child.stdin.on('error', () => {});
  child.stdin.end(input, 'utf8');

  async function* read(): AsyncGenerator<Uint8Array> {
    let stalled = false;
    const watch = (): NodeJS.Timeout =>
      setTimeout(() => {
        stalled = true;
        kill();
      }, stallMs);
    let watchdog = watch();
    try {
      for await (const piece of child.stdout as AsyncIterable<Uint8Array>) {
        clearTimeout(watchdog);
        yield piece;
        watchdog = watch();
      }
      const end = await gone;
      signal.throwIfAborted();
      if (end.error || end.code !== 0) throw unavailable(binary, end, stalled);
    } finally {
      clearTimeout(watchdog);
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
  const why = stalled
    ? 'stopped answering'
    : end.error
      ? 'could not be started'
      : `ended with ${end.signal ?? end.code}`;
  return new TwinError('TWIN_TTS_UNAVAILABLE', `The speech engine \`${binary}\` ${why}.`, {
    next: `Try again; if it stays, run \`${binary} --version\` to see whether it works.`,
    retryable: true,
    ...(end.error ? { cause: end.error } : {}),
  });
}
