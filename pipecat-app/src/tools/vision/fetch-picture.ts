import { Agent, request } from 'undici';
import { isAbort, TwinError } from '../../errors.js';
import type { Source } from './source.js';

export const MOST_BYTES = 16 * 2 ** 20;
const TIME_MS = 8000;

/**
 * The bytes behind the address that the owner set. Redirects are not followed: they would lead to addresses that
 * nobody set.
 * @throws TwinError `TWIN_PICTURE_FETCH`, `TWIN_PICTURE_LARGE`; AbortError
 */
export async function fetchPicture(
  { url, authorization }: Extract<Source, { kind: 'http' }>,
  signal: AbortSignal,
  timeMs = TIME_MS,
): Promise<Buffer> {
  const failed = (how: string, next: string): TwinError =>
    new TwinError('TWIN_PICTURE_FETCH', `The camera at ${url.host} ${how}.`, { next });
  const limit = AbortSignal.timeout(timeMs);
  const agent = new Agent({ connectTimeout: timeMs });
  try {
    const { statusCode, headers, body } = await request(url, {
      headers: { accept: 'image/*, */*;q=0.1', ...(authorization !== undefined && { authorization }) },
      signal: AbortSignal.any([signal, limit]),
      dispatcher: agent,
    });
    if (statusCode >= 300 && statusCode < 400)
      throw failed('sends me to another address', 'Set VISION_SOURCE to the address where the picture is.');
    if (statusCode === 401 || statusCode === 403)
      throw failed(
        `refuses me (${statusCode})`,
        'Put user and password into VISION_SOURCE: http://user:password@host/.',
      );
    if (statusCode !== 200) throw failed(`answers ${statusCode}`, 'Check the address in VISION_SOURCE.');
    if (/^multipart\//i.test(String(headers['content-type'] ?? '')))
      throw failed('sends a stream without end', 'Set VISION_SOURCE to its address for single pictures (snapshot).');
    const pieces: Buffer[] = [];
    let bytes = 0;
    for await (const piece of body) {
      bytes += (piece as Buffer).length;
      if (bytes > MOST_BYTES)
        throw new TwinError('TWIN_PICTURE_LARGE', `The picture has more than ${MOST_BYTES / 2 ** 20} MiB.`, {
          next: 'Let the camera send a smaller one.',
        });
      pieces.push(piece as Buffer);
    }
    return Buffer.concat(pieces);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof TwinError) throw error;
    if (limit.aborted || isAbort(error)) throw failed('does not answer in time', 'See whether it is switched on.');
    throw failed('cannot be reached', 'See whether it is switched on, and check VISION_SOURCE.');
  } finally {
    await agent.destroy();
  }
}
