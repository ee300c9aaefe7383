import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { SIDE } from './faces-picture.js';
import { squareOf } from './frame.js';

/** Two seconds on a machine of today; a Core 2 takes ten times as long. */
const TIME_MS = 60_000;
/** Memory of JavaScript in the child, in MB. */
const HEAP_MB = 512;

/**
 * How many faces there are in a JPEG, found by a small model in a process of its own; undefined when it could not look.
 * @throws AbortError; TwinError of `ffmpeg`
 */
export async function facesIn(
  jpeg: Uint8Array,
  signal: AbortSignal,
  { path, timeMs = TIME_MS }: { path?: string; timeMs?: number } = {},
): Promise<number | undefined> {
  const pixels = await squareOf(jpeg, SIDE, signal, path);
  const file = childFile();
  if (file === undefined) return undefined;
  const child = fork(file, {
    env: { PATH: process.env.PATH ?? '' },
    execArgv: [`--max-old-space-size=${HEAP_MB}`],
    stdio: ['pipe', 'pipe', 'ignore', 'ipc'],
  });
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(kill, timeMs);
  signal.addEventListener('abort', kill, { once: true });
  let said = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-200);
  });
  child.stdin?.on('error', () => undefined).end(pixels);
  try {
    const code = await new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    // The bundle greets on standard output.
    const count = /(\d+)$/.exec(said)?.[1];
    return code === 0 && count !== undefined ? Number(count) : undefined;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    kill();
  }
}

/** The compiled child: beside this file, or in `dist` when this file runs from its TypeScript source. */
function childFile(): string | undefined {
  const beside = fileURLToPath(new URL('./faces-child.js', import.meta.url));
  const file = existsSync(beside) ? beside : beside.replace(/([\\/])src([\\/]tools[\\/])/, '$1dist$2');
  return existsSync(file) ? file : undefined;
}
