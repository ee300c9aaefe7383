import type { IncomingMessage } from 'node:http';
import { PxeError } from './errors.js';

/** Machines send single lines and a key. */
const MOST_BYTES = 8192;

/** @throws PxeError `TWIN_PXE_TOO_LARGE` */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) {
      throw new PxeError('TWIN_PXE_TOO_LARGE', `A request may have ${MOST_BYTES} bytes.`, {
        next: 'Send less.',
        status: 413,
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** A line that may go to a log and a terminal: no control or format characters, at most 300 characters. */
export const plainLine = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .trim()
    .slice(0, 300);
