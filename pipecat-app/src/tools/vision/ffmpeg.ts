import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { isAbort, TwinError } from '../../errors.js';

/** Longest time that a picture may take to come and be read, in ms: a camera needs about two seconds to open its eye. */
const TIME_MS = 12_000;
/** Most bytes of a picture that comes out. */
const OUTPUT_BYTES = 4 * 2 ** 20;
const STDERR_BYTES = 4000;
/** Pictures with more pixels are refused before they are unpacked. */
const PIXELS = 50_000_000;

export const hasFfmpeg = (path = process.env.PATH ?? ''): boolean =>
  path.split(delimiter).some((folder) => folder !== '' && existsSync(join(folder, 'ffmpeg')));

export type FfmpegRun = {
  /** Behind the limits that every run has, up to the output. */
  args: readonly string[];
  /** What it reads as `pipe:0`. */
  input?: Readable;
  path?: string;
  timeMs?: number;
};

/** It reads what it is given and opens nothing else: neither files nor addresses that a picture or playlist names. */
export const FROM_PIPE = ['-protocol_whitelist', 'pipe', '-i', 'pipe:0'] as const;

/**
 * What ffmpeg writes to `pipe:1`. The picture is unpacked in its process only, which ends at the time limit.
 * @throws TwinError `TWIN_PICTURE` with ffmpeg's last words as its `cause`, `TWIN_PICTURE_SLOW`; AbortError
 */
export async function ffmpeg({ args, input, path, timeMs = TIME_MS }: FfmpegRun, signal: AbortSignal): Promise<Buffer> {
  signal.throwIfAborted();
  const limits = ['-hide_banner', '-loglevel', 'error', '-threads', '1', '-max_alloc', String(2 ** 29)];
  const child = spawn('ffmpeg', [...limits, '-max_pixels', String(PIXELS), ...args, 'pipe:1'], {
    env: { PATH: path ?? process.env.PATH ?? '', LANG: 'C' },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let stderr = '';
  let slow = false;
  let tooMuch = false;
  const kill = (): void => void child.kill('SIGKILL');
  const timer = setTimeout(() => {
    slow = true;
    kill();
  }, timeMs);
  signal.addEventListener('abort', kill, { once: true });
  const pieces: Buffer[] = [];
  let bytes = 0;
  child.stdout.on('data', (piece: Buffer) => {
    bytes += piece.length;
    if (bytes <= OUTPUT_BYTES) pieces.push(piece);
    else {
      tooMuch = true;
      kill();
    }
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr = (stderr + text).slice(-STDERR_BYTES);
  });
  // It ends as soon as it has one picture, whatever else there would be to read.
  const fed = input ? pipeline(input, child.stdin).catch(() => undefined) : Promise.resolve(child.stdin.end());
  child.stdin.on('error', () => undefined);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    signal.throwIfAborted();
    if (slow) throw new TwinError('TWIN_PICTURE_SLOW', 'No picture came in time.', { next: 'Try again in a moment.' });
    if (code === 0 && bytes > 0 && !tooMuch) return Buffer.concat(pieces);
    throw new TwinError('TWIN_PICTURE', 'That is no picture that can be read.', { cause: new Error(stderr.trim()) });
  } catch (error) {
    if (error instanceof TwinError || isAbort(error)) throw error;
    signal.throwIfAborted();
    throw new TwinError('TWIN_PICTURE', 'ffmpeg cannot be started.', { next: 'Install it with `apt install ffmpeg`.' });
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', kill);
    input?.destroy();
    kill();
    await fed;
  }
}
