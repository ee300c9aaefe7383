import { readFile, writeFile } from 'node:fs/promises';
import { TwinError } from '../errors.js';
import { concat, SAMPLE_RATE, toBytes } from '../voice/pcm.js';
import { resampler } from '../voice/resample.js';
import { parseWav, toMono, wavHeader } from '../voice/wav.js';

/**
 * A WAV file of any rate and channel count as the agent wants it, 16 kHz mono.
 * @throws TwinError `TWIN_FILE`, `TWIN_WAV`
 */
export async function readWavFile(path: string): Promise<Int16Array> {
  const bytes = await readFile(path).catch((cause: Error) => {
    throw new TwinError('TWIN_FILE', `${path} cannot be read: ${cause.message}`, {
      next: 'Give the path of a WAV file.',
      cause,
    });
  });
  const wav = parseWav(bytes);
  const convert = resampler(wav.rate, SAMPLE_RATE);
  return concat([convert.push(toMono(wav)), convert.end()]);
}

const CHANNELS_AT = 22;
const BYTES_PER_SECOND_AT = 28;
const FRAME_BYTES_AT = 32;

/** Writes 16 kHz 16-bit samples, interleaved when there is more than one channel. */
export async function writeWavFile(path: string, samples: Int16Array, channels: 1 | 2 = 1): Promise<void> {
  const header = wavHeader(SAMPLE_RATE, samples.length);
  header.writeUInt16LE(channels, CHANNELS_AT);
  header.writeUInt32LE(SAMPLE_RATE * 2 * channels, BYTES_PER_SECOND_AT);
  header.writeUInt16LE(2 * channels, FRAME_BYTES_AT);
  await writeFile(path, Buffer.concat([header, toBytes(samples)]));
}
