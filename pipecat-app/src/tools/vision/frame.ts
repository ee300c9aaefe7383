import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { TwinError } from '../../errors.js';
import { cameraError } from './camera-error.js';
import { fetchPicture, MOST_BYTES } from './fetch-picture.js';
import { FROM_PIPE, ffmpeg } from './ffmpeg.js';
import type { Source } from './source.js';

/** Longest side of a picture as it is shown to a model, in pixels. */
const SIDE = 1024;
/** A camera sees too little in its first pictures: it has to find out how bright it is. */
const SKIPPED = 6;

/** One picture, now, as JPEG with sides of at most 1024 pixels. @throws TwinError `TWIN_CAMERA…`, `TWIN_PICTURE…`; AbortError */
export async function frameOf(source: Source, signal: AbortSignal, path?: string): Promise<Buffer> {
  const place = path === undefined ? {} : { path };
  if (source.kind === 'camera') {
    const { device } = source;
    try {
      return await ffmpeg(
        { args: ['-f', 'v4l2', '-i', device, ...toJpeg(`select=gte(n\\,${SKIPPED}),`)], ...place },
        signal,
      );
    } catch (error) {
      if (error instanceof TwinError && error.code === 'TWIN_PICTURE' && error.next === '')
        throw cameraError(device, String((error.cause as Error | undefined)?.message ?? ''));
      throw error;
    }
  }
  const input =
    source.kind === 'file' ? await opened(source.path) : Readable.from([await fetchPicture(source, signal)]);
  try {
    return await ffmpeg({ args: [...FROM_PIPE, ...toJpeg()], input, ...place }, signal);
  } catch (error) {
    if (!(error instanceof TwinError) || error.next !== '') throw error;
    const large = /max(imum)? pixel count|Picture size .* is invalid/i.test(
      String((error.cause as Error | undefined)?.message),
    );
    throw large
      ? new TwinError('TWIN_PICTURE_LARGE', 'The picture has too many pixels.', { next: 'Make it smaller.' })
      : new TwinError('TWIN_PICTURE', 'VISION_SOURCE gives something that is no picture.', {
          next: 'Use JPEG, PNG, WebP or a video that ffmpeg reads.',
        });
  }
}

/** A JPEG as `width` × `height` pixels, row by row, three bytes each for red, green and blue. */
export const pixelsOf = (jpeg: Uint8Array, width: number, height: number, signal: AbortSignal, path?: string) =>
  toPixels(jpeg, `scale=${width}:${height}:flags=area`, signal, path);

/** The same in a square, with black beside it instead of being stretched. */
export const squareOf = (jpeg: Uint8Array, side: number, signal: AbortSignal, path?: string) =>
  toPixels(jpeg, `scale=${side}:${side}:force_original_aspect_ratio=decrease,pad=${side}:${side}`, signal, path);

function toPixels(jpeg: Uint8Array, filter: string, signal: AbortSignal, path?: string): Promise<Buffer> {
  const input = Readable.from([Buffer.from(jpeg)]);
  const args = [...FROM_PIPE, '-frames:v', '1', '-vf', filter, '-f', 'rawvideo', '-pix_fmt', 'rgb24'];
  return ffmpeg({ args, input, ...(path !== undefined && { path }) }, signal);
}

const toJpeg = (first = ''): string[] => {
  const scale = `scale=w='min(${SIDE},iw)':h='min(${SIDE},ih)':force_original_aspect_ratio=decrease`;
  return [
    '-an',
    '-frames:v',
    '1',
    '-vf',
    `${first}${scale}`,
    '-pix_fmt',
    'yuvj420p',
    '-c:v',
    'mjpeg',
    '-q:v',
    '4',
    '-f',
    'mjpeg',
  ];
};

/** The beginning of a file; more of it than fits the limit is not needed for the first picture of a video. */
async function opened(path: string): Promise<Readable> {
  const failed = (how: string): TwinError =>
    new TwinError('TWIN_PICTURE', `${path} ${how}.`, { next: 'Check VISION_SOURCE.' });
  // A pipe or a device could keep whoever opens it waiting for ever.
  const its = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw failed(error.code === 'ENOENT' ? 'is not there' : 'cannot be read');
  });
  if (!its.isFile()) throw failed('is no file');
  return createReadStream(path, { end: MOST_BYTES - 1 });
}
