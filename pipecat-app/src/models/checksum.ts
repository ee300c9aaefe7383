import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import type { Progress } from './progress.js';

/** SHA-256 of a file in hexadecimal, read as a stream; `onProgress` counts bytes. */
export async function sha256File(path: string, signal?: AbortSignal, onProgress?: Progress): Promise<string> {
  const hash = createHash('sha256');
  let done = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal ? { signal } : {}) })) {
    hash.update(chunk as Buffer);
    done += (chunk as Buffer).length;
    onProgress?.(done);
  }
  return hash.digest('hex');
}
