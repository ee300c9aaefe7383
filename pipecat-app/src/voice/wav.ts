import { TwinError } from '../errors.js';
import { fromBytes, SAMPLE_RATE, toBytes } from './pcm.js';

/** `samples` are interleaved when `channels` is above 1. `rate` in samples per second. */
export type Wav = { rate: number; channels: number; samples: Int16Array };

const PCM = 1;
const EXTENSIBLE = 0xfffe;
const HEADER_BYTES = 44;
/** Size fields of a file whose length was not known when its header was written. */
const UNKNOWN = 0xffff_ffff;

const bad = (message: string): TwinError =>
  new TwinError('TWIN_WAV', message, { next: 'Send a WAV file with 16-bit PCM samples.' });

/**
 * Reads a RIFF/WAVE file with 16-bit PCM samples. Unknown chunks are skipped; a data chunk that claims more than there
 * is (a file that was streamed or cut) yields what is there.
 * @throws TwinError `TWIN_WAV`
 */
export function parseWav(file: Uint8Array): Wav {
  const bytes = Buffer.from(file.buffer, file.byteOffset, file.byteLength);
  const tag = (at: number) => bytes.toString('latin1', at, at + 4);
  if (bytes.length < 12 || tag(0) !== 'RIFF' || tag(8) !== 'WAVE') throw bad('This is not a WAV file.');
  let format: { rate: number; channels: number } | undefined;
  for (let at = 12; at + 8 <= bytes.length; ) {
    const size = bytes.readUInt32LE(at + 4);
    const start = at + 8;
    if (tag(at) === 'fmt ') format = readFormat(bytes, start, size);
    if (tag(at) === 'data') {
      if (!format) throw bad('The WAV file has samples before its format.');
      const end = size === UNKNOWN ? bytes.length : Math.min(bytes.length, start + size);
      const whole = end - start - ((end - start) % (2 * format.channels));
      return { ...format, samples: fromBytes(bytes.subarray(start, start + whole)) };
    }
    at = start + size + (size % 2);
  }
  throw bad('The WAV file has no samples.');
}

function readFormat(bytes: Buffer, at: number, size: number): { rate: number; channels: number } {
  if (size < 16 || at + 16 > bytes.length) throw bad('The format of the WAV file is cut short.');
  const code = bytes.readUInt16LE(at);
  const subformat = code === EXTENSIBLE && size >= 26 && at + 26 <= bytes.length ? bytes.readUInt16LE(at + 24) : code;
  const bits = bytes.readUInt16LE(at + 14);
  const channels = bytes.readUInt16LE(at + 2);
  const rate = bytes.readUInt32LE(at + 4);
  if (subformat !== PCM || bits !== 16) throw bad(`The WAV file has ${bits}-bit samples of format ${subformat}.`);
  if (channels < 1 || channels > 8) throw bad(`The WAV file has ${channels} channels; 1 to 8 can be read.`);
  if (rate < 4000 || rate > 192_000)
    throw bad(`The WAV file has ${rate} samples per second; 4000 to 192000 can be read.`);
  return { rate, channels };
}

/** Averages interleaved channels into one. */
export function toMono({ channels, samples }: Pick<Wav, 'channels' | 'samples'>): Int16Array {
  if (channels === 1) return samples;
  const out = new Int16Array(Math.floor(samples.length / channels));
  for (let i = 0; i < out.length; i++) {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += samples[i * channels + c] ?? 0;
    out[i] = Math.round(sum / channels);
  }
  return out;
}

/** Header of a mono 16-bit WAV file. Without `samples` the length is marked as unknown, for streams. */
export function wavHeader(rate: number = SAMPLE_RATE, samples?: number): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(samples === undefined ? UNKNOWN : HEADER_BYTES - 8 + samples * 2, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(PCM, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples === undefined ? UNKNOWN : samples * 2, 40);
  return header;
}

/** A whole mono 16-bit WAV file. */
export function toWav(samples: Int16Array, rate: number = SAMPLE_RATE): Buffer {
  return Buffer.concat([wavHeader(rate, samples.length), toBytes(samples)]);
}
